// SPDX-License-Identifier: MIT
#include "kernel/core/ownership.hpp"

namespace core {

static ExtentEntry& entry_at(u32 table, u32 number) { return extents[table * kExtentsPerTable + number]; }

u32 ownership_table(u16 device) {
  for (u32 i = 0; i < kExtentTables; i++)
    if (extent_tables[i].state != ExtentTableState::None && extent_tables[i].device == device) return i;
  return kNone;
}

Status ownership_ready(u32 table) {
  if (table >= kExtentTables) return Status::NotFound;
  switch (extent_tables[table].state) {
    case ExtentTableState::Loaded:
      return Status::Ok;
    case ExtentTableState::Loading:
      return Status::Again;
    case ExtentTableState::Failed:
      return Status::DeviceError;
    case ExtentTableState::Damaged:
      return Status::Damaged;
    default:
      return Status::NotFound;
  }
}

// First block that is not the table's own.
static u64 first_block(const ExtentTable& t) {
  return t.start + ownership_blocks(devices[t.device].block_size);
}

// How many used entries begin at or before `block`: where in the order one that begins there belongs.
static u32 position_of(u32 table, u64 block) {
  u32 low = 0;
  u32 high = extent_tables[table].used;
  while (low < high) {
    const u32 middle = (low + high) / 2;
    if (entry_at(table, extent_order[table][middle]).start <= block) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// ---- free blocks near a wanted place

struct Place {
  u64 start;
  u64 distance;  // kForever: none yet
};

static void consider(u64 low, u64 high, u64 wanted, u64 count, Place& best) {
  if (low >= high || high - low < count) return;
  const u64 last = high - count;
  const u64 at = wanted < low ? low : wanted > last ? last : wanted;
  const u64 distance = at > wanted ? at - wanted : wanted - at;
  if (distance < best.distance) best = {at, distance};
}

static Place nearest(u32 table, u64 first, u64 end, u64 wanted, u64 count) {
  Place best{0, kForever};
  u64 low = first;
  for (u32 i = 0; i < extent_tables[table].used; i++) {
    const ExtentEntry& e = entry_at(table, extent_order[table][i]);
    consider(low, e.start < end ? e.start : end, wanted, count, best);
    if (e.start + e.blocks > low) low = e.start + e.blocks;
  }
  consider(low, end, wanted, count, best);
  return best;
}

// A free entry among [first, first + count).
static u32 free_entry(u32 table, u32 first, u32 count) {
  for (u32 i = first; i < first + count; i++)
    if (entry_at(table, i).blocks == 0) return i;
  return kNone;
}

// Where a new entry goes: a page keeps some free, so that what it has can be split, as long as there are
// other pages.
static u32 entry_for_new(u32 table) {
  constexpr u32 kSpare = 8;
  u32 any = kNone;
  for (u32 page = 0; page < kExtentPages; page++) {
    u32 free = 0;
    u32 first = kNone;
    for (u32 i = (page + 1) * kExtentsPerPage; i-- > page * kExtentsPerPage;) {
      if (entry_at(table, i).blocks != 0) continue;
      free++;
      first = i;
    }
    if (free > kSpare) return first;
    if (any == kNone) any = first;
  }
  return any;
}

Status ownership_plan_allocate(u32 table, u64 first, u64 end, u64 wanted, u64 count, u64 owner_low,
                               u64 owner_high, ExtentChange& change) {
  TRY_STATUS(ownership_ready(table));
  if (count == 0 || (owner_low | owner_high) == 0) return Status::BadArgument;
  const ExtentTable& t = extent_tables[table];
  const u64 low = first > first_block(t) ? first : first_block(t);
  const u64 high = end < t.start + t.blocks ? end : t.start + t.blocks;
  const Place place = nearest(table, low, high, wanted, count);
  if (place.distance == kForever) return Status::NoSpace;
  const u32 number = entry_for_new(table);
  if (number == kNone) return Status::NoSpace;
  if (t.generation[number / kExtentsPerPage] == ~0ul) return Status::NoSpace;
  change = {table, 1, {number, 0}, {{place.start, count, owner_low, owner_high, 0, 0}, {}}};
  return Status::Ok;
}

Status ownership_plan_release(u32 table, u64 start, u64 count, ExtentChange& change) {
  TRY_STATUS(ownership_ready(table));
  if (count == 0) return Status::BadArgument;
  const u32 position = position_of(table, start);
  if (position == 0) return Status::NotFound;
  const u32 number = extent_order[table][position - 1];
  const ExtentEntry e = entry_at(table, number);
  const u64 before = start - e.start;
  if (before >= e.blocks || count > e.blocks - before) return Status::NotFound;
  const u64 behind = e.blocks - before - count;
  const u32 page = number / kExtentsPerPage;
  if (extent_tables[table].generation[page] == ~0ul) return Status::NoSpace;
  ExtentEntry left = e, right = e;
  left.blocks = before;
  right.start = start + count;
  right.blocks = behind;
  change = {table, 1, {number, 0}, {before != 0 ? left : behind != 0 ? right : ExtentEntry{}, {}}};
  if (before == 0 || behind == 0) return Status::Ok;
  const u32 second = free_entry(table, page * kExtentsPerPage, kExtentsPerPage);
  if (second == kNone) return Status::NoSpace;
  change.count = 2;
  change.number[1] = second;
  change.entry[1] = right;
  return Status::Ok;
}

// ---- order

static void order_remove(u32 table, u32 number) {
  ExtentTable& t = extent_tables[table];
  const u32 position = position_of(table, entry_at(table, number).start) - 1;
  for (u32 i = position; i + 1 < t.used; i++) extent_order[table][i] = extent_order[table][i + 1];
  t.used--;
  entry_at(table, number) = ExtentEntry{};
}

static void order_insert(u32 table, u32 number, const ExtentEntry& entry, u32 position) {
  ExtentTable& t = extent_tables[table];
  for (u32 i = t.used; i > position; i--) extent_order[table][i] = extent_order[table][i - 1];
  extent_order[table][position] = static_cast<u16>(number);
  t.used++;
  entry_at(table, number) = entry;
}

Status ownership_insert(u32 table, u32 number, const ExtentEntry& entry) {
  const ExtentTable& t = extent_tables[table];
  const u64 first = first_block(t);
  const u64 end = t.start + t.blocks;
  if (entry.blocks == 0 || entry.flags != 0 || entry.reserved != 0) return Status::Damaged;
  if ((entry.owner_low | entry.owner_high) == 0) return Status::Damaged;
  if (entry.start < first || entry.start >= end || entry.blocks > end - entry.start) return Status::Damaged;
  const u32 position = position_of(table, entry.start);
  if (position > 0) {
    const ExtentEntry& below = entry_at(table, extent_order[table][position - 1]);
    if (below.blocks > entry.start - below.start) return Status::Damaged;
  }
  if (position < t.used) {
    const ExtentEntry& above = entry_at(table, extent_order[table][position]);
    if (entry.blocks > above.start - entry.start) return Status::Damaged;
  }
  order_insert(table, number, entry, position);
  return Status::Ok;
}

void ownership_commit(const ExtentChange& change) {
  ExtentTable& t = extent_tables[change.table];
  const u32 page = change.number[0] / kExtentsPerPage;
  for (u32 i = 0; i < change.count; i++)
    if (entry_at(change.table, change.number[i]).blocks != 0) order_remove(change.table, change.number[i]);
  for (u32 i = 0; i < change.count; i++) {
    const ExtentEntry& e = change.entry[i];
    if (e.blocks != 0) order_insert(change.table, change.number[i], e, position_of(change.table, e.start));
  }
  t.generation[page]++;
  t.newest ^= 1u << page;
  t.updates++;
}

Result<u32> ownership_find(u32 table, u64 owner_low, u64 owner_high, u32 n) {
  TRY_STATUS(ownership_ready(table));
  for (u32 i = 0; i < extent_tables[table].used; i++) {
    const u32 number = extent_order[table][i];
    const ExtentEntry& e = entry_at(table, number);
    if (e.owner_low == owner_low && e.owner_high == owner_high && n-- == 0) return number;
  }
  return Status::NotFound;
}

}  // namespace core
