// SPDX-License-Identifier: MIT
#include "kernel/core/slice.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/quota.hpp"

namespace core {

// Positions of [first, first + count) that are not `env`'s yet.
static u32 count_new(const CpuEntry& cpu, u32 first, u32 count, u16 env) {
  u32 n = 0;
  for (u32 i = 0; i < count; i++)
    if (cpu.slices[first + i] != env) n++;
  return n;
}

static void set_position(u16& position, u16 env) {
  quota_return(position, Resource::Slices, 1);
  quota_book(env, Resource::Slices, 1);
  position = env;
}

Status slice_assign(u16 env, u32 slot, u16 target, u32 first, u32 count) {
  const u32 index = TRY(cap_find(env, slot, CapType::Slices, kInvoke));
  const CapEntry& c = caps[index];
  if (count == 0) return Status::BadArgument;
  if (first < c.start || first - c.start > c.count || count > c.count - (first - c.start))
    return Status::OutOfRange;
  if (target != kNoEnv)
    TRY_STATUS(quota_check(target, Resource::Slices, count_new(cpus[c.object], first, count, target)));
  for (u32 i = 0; i < count; i++) set_position(cpus[c.object].slices[first + i], target);
  return Status::Ok;
}

void slice_forget(u16 env) {
  for (CpuEntry& cpu : cpus)
    for (u16& position : cpu.slices)
      if (position == env) set_position(position, kNoEnv);
}

void slice_boot(u32 cpu) {
  for (u16& position : cpus[cpu].slices) set_position(position, 0);
}

}  // namespace core
