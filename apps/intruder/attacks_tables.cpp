// SPDX-License-Identifier: MIT
// Page tables: to write them, to bend their shape, and to reach what is mapped for others.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

constexpr u32 kAll = kRead | kWrite | kExecute;
constexpr u32 kEntryTable2 = 300;  // an unused slot of the upper tables

u32 root() { return core::start_info->root_table; }
u32 level3() {
  for (u32 i = 0; i < core::start_info->table_count; i++)
    if (core::start_info->tables[i].level == 3) return core::start_info->tables[i].frame;
  return kNone;
}

void write_own_page_table(Trial& trial) {
  for (const u32 table : {lab.table(), lab.above(), lab.spare(), level3(), root()}) {
    trial.status(lab.set(5, table, kRead | kWrite));
    trial.status(lab.set(5, table, kRead | kExecute));
  }
  trial.status(lab.set(5, root(), kRead));
  if (lab.set(5, lab.table(), kRead) != Status::Ok) return;  // allowed: to see what was used and written
  trial.status(step(lab.table(), 5, lab.table(), kRead | kWrite, PageAction::Protect));
  if (try_write(Lab::address(5)) != 14) trial.gained("a page table can be written");
  if (lab.clear(5) != Status::Ok) trial.gained("an entry that cannot be cleared");
}

void recursive_entry(Trial& trial) {
  trial.status(step(root(), 3, root(), kAll));
  trial.status(step(level3(), kEntryTable2, level3(), kAll));
  trial.status(step(lab.above(), kEntryTable2, lab.above(), kAll));
  trial.status(lab.set(5, lab.table(), kAll));
}

void level_mismatch(Trial& trial) {
  trial.status(step(root(), 3, lab.spare(), kAll));  // Table1 in a Table4
  trial.status(step(level3(), kEntryTable2, lab.spare(), kAll));
  trial.status(step(root(), 3, lab.above(), kAll));
  trial.status(step(lab.above(), kEntryTable2, root(), kAll));
  trial.status(step(lab.above(), kEntryTable2, lab.frame(), kAll));  // data where a table belongs
}

void kernel_half(Trial& trial) {
  for (u32 slot = kUserTopSlots; slot <= 513; slot++) {
    trial.status(step(root(), slot, level3(), kAll));
    trial.status(step(root(), slot, 0, 0, PageAction::Clear));
    trial.status(step(root(), slot, level3(), kAll, PageAction::Protect));
  }
}

void slot_out_of_range(Trial& trial) {
  for (const u32 slot : {512u, 513u, 1024u, 0x10000u, 0x80000000u, kNone}) {
    trial.status(lab.set(slot, lab.frame(), kRead));
    trial.status(lab.clear(slot));
  }
}

void odd_rights(Trial& trial) {
  for (const u32 rights : {0u, 2u, 4u, 6u, 8u, 9u, 16u, 255u, 0x80000001u, kNone})
    trial.status(lab.set(5, lab.frame(), rights));
}

void odd_actions(Trial& trial) {
  for (const u32 action : {3u, 4u, 256u, 0x80000000u, kNone})
    trial.status(step(lab.table(), 5, lab.frame(), kRead, static_cast<PageAction>(action)));
}

void clear_empty_entry(Trial& trial) { trial.status(lab.clear(400)); }

// An entry of the time page or of its own frames under a capability that is not for that.
void map_under_wrong_capability(Trial& trial) {
  for (u32 cap = 0; cap < kSlotsTried; cap++) {
    const core::Window& time = core::start_info->time_page;
    if (cap == time.slot) continue;
    trial.status(lab.set(5, lab.frame(), kRead, cap));
    if (time.slot != kNone) trial.status(lab.set(5, time.first, kRead, cap));
  }
  for (const u32 cap : {0x10000u, 0x80000000u, kNone - 1}) trial.status(lab.set(5, lab.frame(), kRead, cap));
}

void write_time_page(Trial& trial) {
  const core::Window& time = core::start_info->time_page;
  if (time.slot == kNone) return;
  trial.status(lab.set(6, time.first, kRead | kWrite, time.slot));
  trial.status(lab.set(6, time.first, kRead | kExecute, time.slot));
  if (lab.set(6, time.first, kRead, time.slot) != Status::Ok) return;
  trial.status(step(lab.table(), 6, time.first, kRead | kWrite, PageAction::Protect, time.slot));
  const u64 vector = try_write(Lab::address(6));
  if (vector != 14) trial.gained("the time page can be written");
  if (lab.clear(6) != Status::Ok) trial.gained("an entry that cannot be cleared");
}

void beside_the_time_page(Trial& trial) {
  const core::Window& time = core::start_info->time_page;
  if (time.slot == kNone) return;
  for (u32 distance = 1; distance < 64; distance++) {
    trial.status(lab.set(6, time.first + distance, kRead, time.slot));
    trial.status(lab.set(6, time.first - distance, kRead, time.slot));
  }
}

// Frames of others as page tables: their tables are among them.
void write_tables_of_others(Trial& trial) {
  for (u32 table = 0; table < frames_tried(); table++) {
    if (lab.own_table(table)) continue;
    trial.status(step(table, 300, lab.frame(), kRead | kWrite));
  }
}

void clear_tables_of_others(Trial& trial) {
  for (u32 table = 0; table < frames_tried(); table++) {
    if (lab.own_table(table)) continue;
    trial.status(step(table, 0, 0, 0, PageAction::Clear));
  }
}

// A table that is part of the tree becomes another one's, or data.
void retype_table_in_use(Trial& trial) {
  for (const u32 table : {root(), level3(), lab.above(), lab.table(), lab.spare()})
    for (u32 type = 3; type <= 7; type++) trial.status(sys::frame_retype(kSlotSelf, table, type));
}

void odd_batch_sizes(Trial& trial) {
  const PageUpdate update{lab.table(), 7, lab.frame(), kNone, PageAction::Set, kRead};
  for (const u32 count : {0u, 65u, 0x10000u, 0x80000000u, kNone})
    trial.status(sys::page_update(kSlotSelf, &update, count));
}

constexpr Attack kAttacks[] = {
    {"write-own-page-table", refusal(Status::Denied), write_own_page_table},
    {"recursive-page-table", refusal(Status::Denied), recursive_entry},
    {"page-table-level-mismatch", refusal(Status::Denied), level_mismatch},
    {"kernel-half-of-root-table", refusal(Status::BadArgument), kernel_half},
    {"page-table-slot-out-of-range", refusal(Status::BadArgument), slot_out_of_range},
    {"page-odd-rights", refusal(Status::BadArgument), odd_rights},
    {"page-odd-actions", refusal(Status::BadArgument), odd_actions},
    {"clear-empty-entry", refusal(Status::BadArgument), clear_empty_entry},
    {"map-under-wrong-capability", any_refusal, map_under_wrong_capability},
    {"write-time-page", refusal(Status::Denied), write_time_page},
    {"map-beside-the-time-page", any_refusal, beside_the_time_page},
    {"write-tables-of-others", refusal(Status::Denied), write_tables_of_others},
    {"clear-tables-of-others", refusal(Status::Denied), clear_tables_of_others},
    {"retype-table-in-use", any_refusal, retype_table_in_use},
    {"page-odd-batch-sizes", refusal(Status::BadArgument), odd_batch_sizes},
};

}  // namespace

std::span<const Attack> table_attacks() { return kAttacks; }

}  // namespace intruder
