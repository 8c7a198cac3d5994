// SPDX-License-Identifier: MIT
#include "blk/extents.hpp"

#include "core/resources.hpp"
#include "core/time.hpp"

namespace blk {

namespace sys = abi::sys;

namespace {

template <class Attempt>
core::SysResult until_durable(Attempt attempt) {
  const u64 end = core::now() + kPatienceSeconds * core::kSecond;
  for (;;) {
    const core::SysResult result = attempt();
    if (result.status != Status::Again) return result;
    if (core::now() > end) return {Status::TimedOut, 0};
    core::sleep(nullptr, 0, core::tsc_at(core::now() + core::kMillisecond / 4));
  }
}

core::ExtentInfo part_of(const core::ExtentInfo& manager, u32 slot, u64 first, u64 count) {
  return {slot, manager.rights & (kRead | kWrite), first, count, manager.block_size, 0};
}

}  // namespace

Status format_extents(u32 manager, ExtentFormat mode) {
  return until_durable([&] { return sys::extent_format(manager, static_cast<u32>(mode)); }).status;
}

Result<core::ExtentInfo> allocate_extent(const core::ExtentInfo& manager, Owner owner, u64 wanted,
                                         u64 count) {
  const u32 slot = TRY(core::slots().take());
  const core::SysResult given = until_durable(
      [&] { return sys::extent_allocate(manager.slot, owner.low, owner.high, wanted, count, slot); });
  if (given.status == Status::Ok) return part_of(manager, slot, given.value, count);
  core::slots().put(slot);
  return given.status;
}

Result<core::ExtentInfo> open_extent(const core::ExtentInfo& manager, Owner owner, u32 index, u64 start,
                                     u64 count) {
  const u32 slot = TRY(core::slots().take());
  const Status status = until_durable([&] {
                          return sys::extent_open(manager.slot, owner.low, owner.high, index, slot);
                        }).status;
  if (status == Status::Ok) return part_of(manager, slot, start, count);
  core::slots().put(slot);
  return status;
}

Status forget_extent(const core::ExtentInfo& extent) {
  TRY_STATUS(sys::cap_drop(extent.slot).status);
  core::slots().put(extent.slot);
  return Status::Ok;
}

Status release_blocks(const core::ExtentInfo& manager, u64 start, u64 count) {
  return until_durable([&] { return sys::extent_release(manager.slot, start, count); }).status;
}

Status release_extent(const core::ExtentInfo& manager, const core::ExtentInfo& extent) {
  TRY_STATUS(forget_extent(extent));
  return release_blocks(manager, extent.first, extent.count);
}

}  // namespace blk
