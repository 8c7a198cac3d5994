// SPDX-License-Identifier: MIT
// check_ownership: every used entry is in the order once, lowest first, overlapping nothing and inside
// what its table hands out.
#include "kernel/core/invariants.hpp"
#include "kernel/core/ownership.hpp"

namespace core {

namespace {

const char* check_order(u32 table, u64 first, u64 end) {
  u64 low = first;
  for (u32 i = 0; i < extent_tables[table].used; i++) {
    const u32 number = extent_order[table][i];
    if (number >= kExtentsPerTable) return "an extent that does not exist is in the order";
    const ExtentEntry& e = ownership_entry(table, number);
    if (e.blocks == 0) return "a free extent is in the order";
    if (e.start < low) return "extents overlap, or are not in order";
    if (e.start >= end || e.blocks > end - e.start) return "an extent lies outside its table's range";
    low = e.start + e.blocks;
  }
  return nullptr;
}

const char* check_table(u32 table) {
  const ExtentTable& t = extent_tables[table];
  u32 used = 0;
  for (u32 i = 0; i < kExtentsPerTable; i++) used += ownership_entry(table, i).blocks != 0;
  if (used != t.used) return "ExtentTable::used is wrong";
  if (t.state == ExtentTableState::None) return used == 0 ? nullptr : "a table that is not there has extents";
  const DeviceEntry& device = devices[t.device];
  const u64 first = t.start + ownership_blocks(device.block_size);
  if (device.private_first != t.start || device.private_end != first)
    return "a table's own blocks are not private";
  return check_order(table, first, t.start + t.blocks);
}

}  // namespace

const char* check_ownership() {
  for (u32 i = 0; i < kExtentTables; i++)
    if (const char* wrong = check_table(i); wrong != nullptr) return wrong;
  return nullptr;
}

}  // namespace core
