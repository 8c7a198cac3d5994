// SPDX-License-Identifier: MIT
// Family disk: extents and the ownership table. A call that writes the disk answers Again until that is
// done; every repetition is checked anew, and only the one that gets the outcome changes capabilities.
#include "abi/syscall_numbers.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/extent.hpp"
#include "kernel/syscall/disk_table.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {

bool covers(const CapEntry& c, u64 start, u64 count) {
  return start >= c.start && start - c.start <= c.count && count <= c.count - (start - c.start);
}

// Whether a table may be made or read here: nobody else holds what it would take.
Status can_format(const CapEntry& c, ExtentFormat mode) {
  const u64 own = core::ownership_blocks(devices[c.object].block_size);
  if (c.count <= own) return Status::OutOfRange;
  const u32 table = core::ownership_table(c.object);
  const ExtentTableState state = table == kNone ? ExtentTableState::None : extent_tables[table].state;
  if (state == ExtentTableState::Loaded) {
    if (extent_tables[table].start != c.start) return Status::Occupied;
    if (extent_tables[table].blocks != c.count) return Status::OutOfRange;
    if (mode == ExtentFormat::Load) return Status::Ok;
  }
  // What an update failed on goes on being held; else the table alone says who has what.
  const bool again = mode == ExtentFormat::Load && state == ExtentTableState::Failed;
  const u64 taken = again ? own : c.count;
  return core::extent_in_use(c.object, c.start, taken) ? Status::Busy : Status::Ok;
}

// The parent's capability can still give what the table now says.
Status give(u16 env, u32 parent, u32 target, const ExtentEntry& entry) {
  const auto cap = core::cap_find(env, parent, CapType::Extent, kCreate);
  if (!cap.ok()) return cap.status();
  if (!covers(caps[cap.value()], entry.start, entry.blocks)) return Status::OutOfRange;
  const Status status = core::extent_can_give(env, cap.value(), target);
  if (status == Status::Ok) core::extent_give(env, cap.value(), target, entry.start, entry.blocks);
  return status;
}

}  // namespace

SysResult sys_extent_join(Caller& caller, u32 first, u32 second) {
  return {core::extent_join(caller.env, first, second), 0};
}

SysResult sys_extent_format(Caller& caller, u32 extent, u32 mode) {
  if (mode > static_cast<u32>(ExtentFormat::Replace)) return {Status::BadArgument, 0};
  const TableCall call{static_cast<u64>(Call::extent_format), {extent, mode}};
  const TableAnswer answer = table_answer(caller.env, call);
  if (!answer.is_new) return {answer.status, 0};
  const auto cap = core::cap_find(caller.env, extent, CapType::Extent, kControl | kRead | kWrite);
  if (!cap.ok()) return {cap.status(), 0};
  const CapEntry& c = caps[cap.value()];
  const auto wanted = static_cast<ExtentFormat>(mode);
  const Status status = can_format(c, wanted);
  if (status != Status::Ok) return {status, 0};
  const u32 table = core::ownership_table(c.object);
  if (table != kNone && extent_tables[table].state == ExtentTableState::Loaded) {
    if (wanted == ExtentFormat::Load) return {Status::Ok, 0};
    if (wanted == ExtentFormat::Create) return {Status::Occupied, 0};
  }
  return {table_format(caller.env, call, c.object, c.start, c.count, wanted), 0};
}

SysResult sys_extent_allocate(Caller& caller, u32 parent, u64 owner_low, u64 owner_high, u64 wanted,
                              u64 count, u32 target) {
  const TableCall call{static_cast<u64>(Call::extent_allocate),
                       {parent, owner_low, owner_high, wanted, count, target}};
  const TableAnswer answer = table_answer(caller.env, call);
  if (!answer.is_new) {
    if (answer.status != Status::Ok) return {answer.status, 0};
    return {give(caller.env, parent, target, answer.entry), answer.entry.start};
  }
  const auto cap = core::cap_find(caller.env, parent, CapType::Extent, kCreate);
  if (!cap.ok()) return {cap.status(), 0};
  Status status = core::extent_can_give(caller.env, cap.value(), target);
  if (status != Status::Ok) return {status, 0};
  const CapEntry& c = caps[cap.value()];
  if (!table_is_free(caller.env, c.object)) return {Status::Again, 0};
  core::ExtentChange change;
  status = core::ownership_plan_allocate(core::ownership_table(c.object), c.start, c.start + c.count, wanted,
                                         count, owner_low, owner_high, change);
  if (status != Status::Ok) return {status, 0};
  return {table_update(caller.env, call, change), 0};
}

SysResult sys_extent_open(Caller& caller, u32 extent, u64 owner_low, u64 owner_high, u32 index, u32 target) {
  const auto cap = core::cap_find(caller.env, extent, CapType::Extent, kControl);
  if (!cap.ok()) return {cap.status(), 0};
  const CapEntry& c = caps[cap.value()];
  if (!table_is_free(caller.env, c.object)) return {Status::Again, 0};
  const u32 table = core::ownership_table(c.object);
  const auto number = core::ownership_find(table, owner_low, owner_high, index);
  if (!number.ok()) return {number.status(), 0};
  const ExtentEntry& entry = core::ownership_entry(table, number.value());
  if (!covers(c, entry.start, entry.blocks)) return {Status::OutOfRange, 0};
  const Status status = core::extent_can_give(caller.env, cap.value(), target);
  if (status == Status::Ok) core::extent_give(caller.env, cap.value(), target, entry.start, entry.blocks);
  return {status, number.value()};
}

SysResult sys_extent_release(Caller& caller, u32 extent, u64 start, u64 count) {
  const TableCall call{static_cast<u64>(Call::extent_release), {extent, start, count}};
  const TableAnswer answer = table_answer(caller.env, call);
  if (!answer.is_new) return {answer.status, 0};
  const auto cap = core::cap_find(caller.env, extent, CapType::Extent, kCreate);
  if (!cap.ok()) return {cap.status(), 0};
  const CapEntry& c = caps[cap.value()];
  if (!covers(c, start, count)) return {Status::OutOfRange, 0};
  if (!table_is_free(caller.env, c.object)) return {Status::Again, 0};
  core::ExtentChange change;
  const Status status = core::ownership_plan_release(core::ownership_table(c.object), start, count, change);
  if (status != Status::Ok) return {status, 0};
  if (core::extent_in_use(c.object, start, count)) return {Status::Busy, 0};
  return {table_update(caller.env, call, change), 0};
}

}  // namespace kernel
