// SPDX-License-Identifier: MIT
// Page-table entries. Environments own their page tables and say what goes where; the core checks
// each entry alone, writes it, and keeps the counts that make reuse of frames safe. Every
// entry carries the capability that justifies it (entry index; 0: the table's owner owns the frame).
// A level-2 entry may name a 2 MiB page; one above level 1 may name another environment's table.
// Intel SDM Vol. 3A, 4.5.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kSweepTables = 4;  // page tables that one bounded step looks through

constexpr u32 pte_frame(u64 entry) { return static_cast<u32>(entry >> kPageShift) & (kMaxFrames - 1); }
constexpr u32 pte_cap(u64 entry) {
  return static_cast<u32>(entry >> 9 & 7) | static_cast<u32>(entry >> 52 & 0x7ff) << 3;
}
constexpr u64 pte_make(u32 frame, u32 cap, u32 rights) {
  return static_cast<u64>(frame) << kPageShift | static_cast<u64>(cap & 7) << 9 |
         static_cast<u64>(cap >> 3) << 52 | kPtePresent | kPteUser |
         ((rights & kWrite) != 0 ? kPteWrite : 0) | ((rights & kExecute) != 0 ? 0 : kPteNoExecute);
}

// One step of a batch on the tables of `env`; its capability slots are those of `env`.
// Denied: table or target not env's (or not covered), a type or right that does not fit.
// Occupied: Set on a present entry. BadArgument: slot, rights, action; Clear or Protect on an empty one.
// BadCap: no Frames capability in the slot. OutOfRange: target outside its range.
Status page_update(u16 env, const PageUpdate& step);

// The steps of `list` in order, up to the first error, which is the value.
struct PageBatch {
  u32 done;
  u32 changed;  // of those: Clear and Protect, which a CPU's translations may not know of yet
};
Status page_update_all(u16 env, const PageUpdate* list, u32 count, PageBatch& batch);

// The step that most batches are made of, in few instructions, as page_set does it: env's own Data into
// its own level-1 table `step.table`, which the caller has checked. False: it is another step or may not
// be done, and nothing has changed.
bool page_set_data(u16 env, const PageUpdate& step);
// As many such steps on one table as follow each other from list[first] on, which is below `count`; the value
// is the first that was not done.
u32 page_set_run(u16 env, const PageUpdate* list, u32 first, u32 count);

// `cap` is a slot of env or kNone.
Status page_set(u16 env, u32 table, u32 slot, u32 target, u32 cap, u32 rights);
Status page_clear(u16 env, u32 table, u32 slot);
// New rights for an entry, within what its capability allows; not for one that names a table of env's own.
Status page_protect(u16 env, u32 table, u32 slot, u32 rights);

// Ok if env may use `frame` (Data, Shared) with `rights` (kRead, kWrite, kExecute): as its owner (cap
// kNone) or by the Frames capability in slot `cap`. The value is the capability entry, 0 for the owner.
Result<u32> frame_access(u16 env, u32 frame, u32 cap, u32 rights);
// The same for a device's access, to Data and any part of a 2 MiB page. frame_pin pins what counts.
Result<u32> buffer_access(u16 env, u32 frame, u32 cap, u32 rights);

// The physical address that `address` translates to under the Table4 frame `root` in user mode.
// BadAddress: not mapped, not writable if `want_write`, not below kUserEnd.
Result<u64> page_walk(u32 root, u64 address, bool want_write);

// Clears the entries of `holder` that stand on a dying capability or name a leaving frame, kSweepTables
// page tables a call, going on where the last call stopped. Two whole rounds clear every one.
void page_sweep(u16 holder);

// The same in the one table where the entries that stand on entry `cap` are likely to be: how most of a
// revocation is done without looking through all tables of the holder.
void page_sweep_likely(u32 cap);

// Empties the page tables of a dead environment, kSweepTables a call. True once all are empty.
bool page_empty_step(u16 env);

}  // namespace core
