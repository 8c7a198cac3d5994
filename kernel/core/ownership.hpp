// SPDX-License-Identifier: MIT
// The ownership table of a disk in memory: which blocks are free near a wanted place, and what one update
// changes. An update is planned (nothing changes), its page written and made durable by the caller, and
// then committed; so memory never says what the disk does not. Every update changes exactly one page.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

// What an update writes: up to two entries of one page.
struct ExtentChange {
  u32 table;
  u32 count;
  u32 number[2];  // in the table, 0..kExtentsPerTable-1
  ExtentEntry entry[2];
};

// The table in use for a device, kNone if there is none.
u32 ownership_table(u16 device);
// Ok if updates and look-ups of that table make sense. NotFound, DeviceError, Damaged; Again: being loaded.
Status ownership_ready(u32 table);
inline const ExtentEntry& ownership_entry(u32 table, u32 number) {
  return extents[table * kExtentsPerTable + number];
}
// Blocks that the table's own pages fill.
constexpr u64 ownership_blocks(u32 block_size) { return kOwnershipBytes / block_size; }

// `count` free blocks within [first, end) of the managed range, as near to `wanted` as there are.
// NoSpace: no gap is long enough, or the table is full. BadArgument: no blocks, or owner zero.
Status ownership_plan_allocate(u32 table, u64 first, u64 end, u64 wanted, u64 count, u64 owner_low,
                               u64 owner_high, ExtentChange& change);
// [start, start + count), all of one entry or a part of it, becomes free: the entry goes, shrinks, or
// splits in two. NotFound: not within one entry. NoSpace: it splits and its page is full.
Status ownership_plan_release(u32 table, u64 start, u64 count, ExtentChange& change);
// The change is on the disk: make it so here.
void ownership_commit(const ExtentChange& change);

// The n-th stretch that an owner has, lowest first, as its number in the table. NotFound.
Result<u32> ownership_find(u32 table, u64 owner_low, u64 owner_high, u32 n);

// Puts an entry that is not there yet into memory. Damaged: its range overlaps another's, or lies
// outside what the table hands out, or its fields are none that this version writes.
Status ownership_insert(u32 table, u32 number, const ExtentEntry& entry);

}  // namespace core
