// SPDX-License-Identifier: MIT
// Capabilities: an unforgeable entry in an environment's kernel-held table. A slot number means
// something only in the table of the environment that names it.
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class CapType : u8 {
  Null = 0,
  Env = 1,      // object: env
  Frames = 2,   // range: frame numbers
  Extent = 3,   // object: device; range: blocks of that device
  Receive = 4,  // object: filter; packets from the card that its whole chain accepts
  Send = 5,     // object: filter; packets to the card that its whole chain accepts
  Slices = 6,   // object: CPU; range: positions of its slice vector
  Console = 7,  // write lines
  Machine = 8,  // power off
};

// Rights. The first four mean the same for every type where they apply.
inline constexpr u8 kRead = 1;
inline constexpr u8 kWrite = 2;
inline constexpr u8 kExecute = 4;
inline constexpr u8 kGrant = 8;     // this capability may be copied into another environment
inline constexpr u8 kControl = 16;  // Env: manage its memory, configuration, life and quota
inline constexpr u8 kInvoke = 32;   // Env: call it, yield to it, notify it. Receive/Send/Slices: use it
inline constexpr u8 kAccept = 64;   // Env: put capabilities and frames into it
inline constexpr u8 kCreate = 128;  // Env: create children out of its own quota
inline constexpr u8 kAllRights = 255;

// One entry of the kernel's capability table (in the ledger), a cache line. Entry e * kCapsPerEnv + s
// is slot s of environment e. Derivation trees are linked by entry index, kNone for none: a descendant
// of c is an entry from which `parent` leads to c.
struct CapEntry {
  u64 start;         // first unit of the range (frames, blocks, positions); 0 where the type has none
  u64 count;         // units in the range
  u64 stamp;         // Frames: a frame that changed hands after this is not covered any more
  u64 settle;        // its descendants are gone, and every CPU must have flushed this clock; 0: not known
  u32 parent;        // kNone at a root
  u32 first_child;   // the youngest
  u32 next_sibling;  // children of one parent, the youngest first
  u32 prev_sibling;
  u32 children;  // entries whose parent this is
  u32 uses;      // page-table entries, bindings and disk commands in flight that stand on it
  u16 object;    // device, env, filter or CPU; 0 where the type has none
  CapType type;
  u8 rights;
  u8 depth;     // 0 at a root, else one more than the parent's
  u8 dying;     // 1: reached by a revocation: no use, no child, no drop, until it is removed
  u8 revoking;  // 1: its descendants are being removed, and none of them can be given a child
  u8 reserved;
};
static_assert(sizeof(CapEntry) == 64 && __has_unique_object_representations(CapEntry));
inline constexpr u32 kMaxDepth = 31;  // of a derivation tree

// Slots that every environment is born with.
inline constexpr u32 kSlotSelf = 0;

// Slots that the root environment is born with.
inline constexpr u32 kRootLedger = 1;      // Frames: the ledger (abi/ledger.hpp)
inline constexpr u32 kRootFrameTable = 2;  // Frames: the frame table, too big for the ledger proper
inline constexpr u32 kRootTimePage = 3;    // Frames: the time page
inline constexpr u32 kRootArchive = 4;     // Frames: the boot archive (programs and manifest)
inline constexpr u32 kRootConsole = 5;
inline constexpr u32 kRootMachine = 6;
inline constexpr u32 kRootReceive = 7;  // the whole of the first network card
inline constexpr u32 kRootSend = 8;
inline constexpr u32 kRootSlices = 16;  // + CPU: its whole vector
inline constexpr u32 kRootExtent = 32;  // + n: the whole of the n-th disk
inline constexpr u32 kRootFirstFree = 48;

}  // namespace abi
