// SPDX-License-Identifier: MIT
// The shadow: what this environment believes it owns, from its own records alone. Every prediction of
// an answer comes from here, and audit() compares it with the kernel's books.
#pragma once
#include "abi/cap.hpp"
#include "abi/frame.hpp"
#include "apps/common/fuzz_slots.hpp"
#include "apps/fuzzer/call.hpp"
#include "core/start.hpp"

namespace fuzzer {

inline constexpr u32 kFrames = 120;  // tracked at a time; below kUserTopSlots, they are slots of tables too
inline constexpr u32 kLabEntries = 64;
inline constexpr u32 kNoIndex = ~0u;

// Slots of the capability table, behind those of apps/common/fuzz_slots.hpp.
inline constexpr u32 kFirstPlay = 48;  // what the shadow derives and drops
inline constexpr u32 kLastPlay = 95;
inline constexpr u32 kChildren = 96;  // + n
inline constexpr u32 kMailbox = 112;  // others may put things here at any time
inline constexpr u32 kMailboxEnd = 128;

struct Frame {
  u32 number = kNone;  // kNone: this place is empty
  FrameType type = FrameType::Data;
  bool viewed = false;  // mapped at view_address()
  bool known = false;   // its contents are pattern
  bool busy = false;    // a device may have it pinned still
  u32 maps = 0;         // entries of tracked tables and of the lab that name it
  u32 pins = 0;
  u64 pattern = 0;      // 0: zeros
  u64 born = 0;         // capabilities from before do not cover it
  u64 present[2] = {};  // a table: which tracked frames its entries name, entry n naming frame n
};

struct Cap {
  CapType type = CapType::Null;
  u32 rights = 0;
  u64 start = 0, count = 0;
  u64 born = 0;           // of the root of its tree
  u32 parent = kNoIndex;  // slot
  u32 children = 0;       // in this table
  u32 granted = 0;        // copies handed out, of which some may be gone
  u32 uses = 0;           // entries of the lab, bindings
};

// An entry of the lab, a page table whose entries are set by whatever capability.
struct Entry {
  bool present = false;
  bool foreign = false;  // stands on a capability from the mailbox: may go at any time
  u32 frame = kNone;     // number
  u32 cap = kNone;       // slot
  u32 rights = 0;
};

struct Shadow {
  u64 clock = 1;
  Frame frames[kFrames];
  Cap caps[kCapsPerEnv];
  Entry lab[kLabEntries];
  u32 view_table = kNone, lab_table = kNone;
  u32 above_table = kNone;  // Table2 over both
  bool stale = false;       // a CPU may still have translations of what is not there any more
};
extern Shadow shadow;

inline constexpr u64 kViewBase = 2ul << 39;  // L4 slot 2
inline constexpr u64 kLabBase = kViewBase + (kTableEntries << kPageShift);
constexpr u64 view_address(u32 index) { return kViewBase + (u64{index} << kPageShift); }
constexpr u64 lab_address(u32 entry) { return kLabBase + (u64{entry} << kPageShift); }

// The third entry of the table above: a 2 MiB page.
inline constexpr u64 kLargeBase = kLabBase + (kTableEntries << kPageShift);

void start_shadow();  // builds the two tables, and writes down what the environment was born with

// frames.cpp
u32 find_frame(u32 number);  // index, kNoIndex if it is not tracked
u32 empty_place();           // kNoIndex: none
// A tracked frame of that type that `fits`; kNoIndex if a few tries find none.
u32 random_frame(FrameType type, bool (*fits)(const Frame&));
bool at_rest(const Frame& frame);       // nothing but the view names it
bool is_lent(const Frame& frame);       // somebody else may have it mapped
u32 foreign_frame();                    // a frame of the kernel's or of root's
void add_frame(u32 place, u32 number);  // a new one, zeroed: checks that, and views it
void view(u32 index);
void hide(u32 index);    // takes it out of the view
void forget(u32 index);  // it is not ours any more
bool holds(const Frame& table, u32 index);
void set_entry(u32 table, u32 index, bool present);  // in the shadow, counts included
PageUpdate step(u32 table, u32 slot, u32 target, u32 cap, PageAction action, u32 rights);
Answer update(const PageUpdate& step, u32 env = kSlotSelf);

// contents.cpp
void fill(u32 index);        // with a new pattern
void check(u32 index);       // that it has its pattern
void check_zero(u32 index);  // viewed

// caps.cpp
u32 random_slot(u32 first, u32 last);  // any
u32 empty_slot();                      // kNone: none
u32 random_cap();                      // an occupied slot of the shadow's, kNone: none
void add_cap(u32 slot, const Cap& cap);
void remove_cap(u32 slot);
void remove_below(u32 slot);  // its descendants, and what stands on them
bool covers(const Cap& cap, const Frame& frame);
// A copy with those rights is somebody else's from now on.
void lend(Cap& cap, u32 rights);

// Compares with the frame table and the capability table.
void audit();

}  // namespace fuzzer
