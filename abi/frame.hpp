// SPDX-License-Identifier: MIT
// Page frames and page tables.
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class FrameType : u8 {
  Absent = 0,  // no memory there (all-zero is a legal boot state)
  Free = 1,
  Quarantine = 2,  // freed, but some CPU may still hold a translation
  Data = 3,
  Table1 = 4,  // page tables by level; Table4 is the root that CR3 names
  Table2 = 5,
  Table3 = 6,
  Table4 = 7,
  Kernel = 8,  // the kernel's own; never mapped by an environment
  Shared = 9,  // the kernel's, may be mapped read-only (ledger, completion queues, archive)
  Large = 10,  // data: the first of kLargeFrames aligned frames that are one 2 MiB page
  Part = 11,   // data: another of them; all counts are in the first
};

// One entry of the frame table (in the ledger).
struct FrameEntry {
  u64 stamp;     // the hand-over clock when it last changed hands (or was freed)
  u64 unmapped;  // the hand-over clock when `maps` last fell to zero: a CPU whose last full flush
                 // is older may still translate to it. 0 if it was never mapped by this owner
  u32 next;      // free, quarantined, or its owner's frames (page tables first); kNone at the end
  u32 prev;
  u32 maps;     // page-table entries that name this frame, and CPU roots in use
  u32 pins;     // references by devices and by the kernel
  u16 owner;    // env, kKernelEnv or kNoEnv
  u16 entries;  // present entries inside it, while it is a page table
  FrameType type;
  u8 leaving;  // 1: being taken from its owner (env_repossess): no new mapping and no new pin
  u8 reserved[2];
};
static_assert(sizeof(FrameEntry) == 40 && __has_unique_object_representations(FrameEntry));

enum class PageAction : u32 {
  Set = 0,      // entry was empty: make it name `target`
  Clear = 1,    // entry was present: empty it
  Protect = 2,  // entry names a frame: narrow or widen its rights within what the capability allows
};

inline constexpr u32 kLargeFrames = 512;  // of one 2 MiB page
// The frame that counts for `frame`, which is Large or Part of it.
constexpr u32 large_head(u32 frame) { return frame & ~(kLargeFrames - 1); }

// One step of a page_update batch. `table` is a page-table frame of the environment; at level 1
// `target` is a data or shared frame, above it the page table one level down, which may be another
// environment's if a capability covers it; at level 2 also a Large frame, never executable.
struct PageUpdate {
  u32 table;
  u32 slot;    // 0..511; at level 4 below kUserTopSlots
  u32 target;  // frame number; only for Set
  u32 cap;     // only for Set: slot of a Frames capability that covers target (all of a Large one), kNone if
               // the env owns it
  PageAction action;
  u32 rights;  // kRead, kWrite, kExecute; ignored for a page table of one's own. kRead is needed
};
static_assert(sizeof(PageUpdate) == 24);
inline constexpr u32 kMaxPageBatch = 64;   // steps per page_update
inline constexpr u32 kMaxFrameBatch = 64;  // frames per frame_alloc, frame_free, frame_give

// Bits of a page-table entry as the kernel writes it (Intel SDM Vol. 3A, tables 4-15 to 4-20). The
// capability that justifies an entry sits in the ignored bits: index bits 0..2 in 9..11 and
// bits 3..13 in 52..62.
inline constexpr u64 kPtePresent = 1ul << 0;
inline constexpr u64 kPteWrite = 1ul << 1;
inline constexpr u64 kPteUser = 1ul << 2;
inline constexpr u64 kPteLarge = 1ul << 7;  // level 2: a 2 MiB page
inline constexpr u64 kPteNoExecute = 1ul << 63;
static_assert(kMaxCaps <= 1u << 14, "a capability index must fit the ignored bits of an entry");

}  // namespace abi
