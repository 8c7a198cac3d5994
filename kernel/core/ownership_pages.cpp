// SPDX-License-Identifier: MIT
#include "kernel/core/ownership_pages.hpp"

#include "base/crc32.hpp"

namespace core {

u64 ownership_page_block(u32 table, u32 page, u32 copy) {
  const ExtentTable& t = extent_tables[table];
  return t.start + (copy * kExtentPages + page) * (kPageSize / devices[t.device].block_size);
}

constexpr u32 kSectors = kExtentsPerPage / kExtentsPerSector;

static const ExtentHead& head_of(const ExtentPage& page) { return page.sectors[0].head; }
static ExtentHead& head_of(ExtentPage& page) { return page.sectors[0].head; }
static u64 generation_of(const ExtentPage& page) { return page.sectors[0].generation; }
static ExtentEntry& entry_in(ExtentPage& page, u32 number) {
  return page.sectors[number / kExtentsPerSector].entries[number % kExtentsPerSector];
}

static u32 checksum(const ExtentPage& page) {
  constexpr u32 kBefore = __builtin_offsetof(ExtentHead, crc);
  constexpr u32 kBehind = kBefore + sizeof head_of(page).crc;
  const u8* bytes = reinterpret_cast<const u8*>(&page);
  constexpr u8 kZero[sizeof head_of(page).crc] = {};
  u32 crc = base::crc32(bytes, kBefore);
  crc = base::crc32(kZero, sizeof kZero, crc);
  return base::crc32(bytes + kBehind, sizeof page - kBehind, crc);
}

bool ownership_intact(const ExtentPage& page) {
  for (u32 i = 1; i < kSectors; i++)
    if (page.sectors[i].generation != generation_of(page)) return false;
  const ExtentHead& head = head_of(page);
  return head.magic == kExtentMagic && head.version == kExtentVersion && head.crc == checksum(page);
}

static void clear(ExtentPage& page) {
  for (u32 i = 0; i < sizeof page; i++) reinterpret_cast<u8*>(&page)[i] = 0;
}

// Everything but the entries; the checksum comes last.
static void fill_head(u32 table, u64 id, u32 number, u64 generation, ExtentPage& page) {
  const ExtentTable& t = extent_tables[table];
  clear(page);
  ExtentHead& head = head_of(page);
  head.magic = kExtentMagic;
  head.version = kExtentVersion;
  head.page = number;
  head.id = id;
  head.start = t.start;
  head.blocks = t.blocks;
  head.block_size = devices[t.device].block_size;
  for (ExtentSector& sector : page.sectors) sector.generation = generation;
}

void ownership_encode(const ExtentChange& change, ExtentPage& page) {
  const ExtentTable& t = extent_tables[change.table];
  const u32 number = change.number[0] / kExtentsPerPage;
  fill_head(change.table, t.id, number, t.generation[number] + 1, page);
  for (u32 i = 0; i < kExtentsPerPage; i++)
    entry_in(page, i) = ownership_entry(change.table, number * kExtentsPerPage + i);
  for (u32 i = 0; i < change.count; i++) entry_in(page, change.number[i] % kExtentsPerPage) = change.entry[i];
  head_of(page).crc = checksum(page);
}

u32 ownership_older_copy(const ExtentChange& change) {
  const u32 page = change.number[0] / kExtentsPerPage;
  return (extent_tables[change.table].newest >> page & 1) ^ 1;
}

// ---- loading

static void clear_entries(u32 table) {
  for (u32 i = 0; i < kExtentsPerTable; i++) extents[table * kExtentsPerTable + i] = ExtentEntry{};
  for (u32 i = 0; i < kExtentPages; i++) extent_tables[table].generation[i] = 0;
  extent_tables[table].used = 0;
  extent_tables[table].newest = 0;
  extent_tables[table].intact = 0;
}

static u32 free_table() {
  for (u32 i = 0; i < kExtentTables; i++)
    if (extent_tables[i].state == ExtentTableState::None) return i;
  return kNone;
}

Result<u32> ownership_begin(u16 device, u64 start, u64 blocks) {
  if (device >= kMaxDevices || devices[device].block_size == 0) return Status::NoDevice;
  u32 table = ownership_table(device);
  if (table != kNone && extent_tables[table].start != start) return Status::Occupied;
  if (table == kNone) table = free_table();
  if (table == kNone) return Status::NoSpace;
  if (blocks <= ownership_blocks(devices[device].block_size)) return Status::OutOfRange;
  clear_entries(table);
  ExtentTable& t = extent_tables[table];
  t.start = start;
  t.blocks = blocks;
  t.id = 0;
  t.updates = 0;
  t.device = device;
  t.state = ExtentTableState::Loading;
  devices[device].private_first = start;
  devices[device].private_end = start + ownership_blocks(devices[device].block_size);
  return table;
}

// A copy that belongs to this page of this table; page 0 says which table it is.
static bool belongs(const ExtentTable& t, u32 number, const ExtentPage& page) {
  const ExtentHead& head = head_of(page);
  return head.page == number && (number == 0 || head.id == t.id) && head.start == t.start &&
         head.blocks == t.blocks && head.block_size == devices[t.device].block_size;
}

static bool has_generation(const ExtentPage& page, u64 generation) {
  for (const ExtentSector& sector : page.sectors)
    if (sector.generation == generation) return true;
  return false;
}

// The copy that the next update overwrites may hold sectors of one that was cut off. Were its generation
// used again, sectors of both could make up a whole page of the one that never was.
static u64 last_generation(const ExtentPage& newest, const ExtentPage& older) {
  u64 last = generation_of(newest);
  for (u32 i = 0; i < kSectors && last != ~0ul && has_generation(older, last + 1); i++) last++;
  return last;
}

static Status take_entries(u32 table, u32 number, const ExtentPage& page) {
  for (u32 i = 0; i < kExtentsPerPage; i++) {
    const ExtentEntry e = page.sectors[i / kExtentsPerSector].entries[i % kExtentsPerSector];
    const u64 any = e.start | e.blocks | e.owner_low | e.owner_high | e.flags | e.reserved;
    if (any != 0) TRY_STATUS(ownership_insert(table, number * kExtentsPerPage + i, e));
  }
  return Status::Ok;
}

Status ownership_load(u32 table, u32 number, const ExtentPage& a, const ExtentPage& b) {
  ExtentTable& t = extent_tables[table];
  const bool intact_a = ownership_intact(a), intact_b = ownership_intact(b);
  if (intact_a || intact_b) t.intact |= 1u << number;
  const bool valid_a = intact_a && belongs(t, number, a), valid_b = intact_b && belongs(t, number, b);
  if (!valid_a && !valid_b) return Status::Damaged;
  const bool same = valid_a && valid_b && generation_of(a) == generation_of(b);
  if (same && (head_of(a).crc != head_of(b).crc || head_of(a).id != head_of(b).id))
    return Status::Damaged;  // two pasts
  const bool second = valid_b && (!valid_a || generation_of(b) > generation_of(a));
  const ExtentPage& page = second ? b : a;
  if (number == 0) t.id = head_of(page).id;
  t.generation[number] = last_generation(page, second ? a : b);
  if (second) t.newest |= 1u << number;
  return take_entries(table, number, page);
}

void ownership_skip(u32 table, u32 page) {
  constexpr u64 kGap = 1ul << 32;
  u64& generation = extent_tables[table].generation[page];
  generation = generation < ~0ul - kGap ? generation + kGap : ~0ul;
}

Status ownership_end(u32 table, Status worst) {
  ExtentTable& t = extent_tables[table];
  if (t.intact == 0) return Status::NotFound;
  if (worst == Status::Ok) {
    t.state = ExtentTableState::Loaded;
    return Status::Ok;
  }
  clear_entries(table);
  t.state = ExtentTableState::Damaged;
  return Status::Damaged;
}

// ---- formatting

void ownership_empty(u32 table, u64 id, u32 page, ExtentPage& out) {
  fill_head(table, id, page, 1, out);
  head_of(out).crc = checksum(out);
}

void ownership_formatted(u32 table, u64 id) {
  ExtentTable& t = extent_tables[table];
  clear_entries(table);
  t.id = id;
  for (u64& generation : t.generation) generation = 1;
  t.state = ExtentTableState::Loaded;
}

void ownership_fail(u32 table) { extent_tables[table].state = ExtentTableState::Failed; }

void ownership_forget(u32 table) {
  clear_entries(table);
  devices[extent_tables[table].device].private_first = 0;
  devices[extent_tables[table].device].private_end = 0;
  extent_tables[table] = ExtentTable{};
}

}  // namespace core
