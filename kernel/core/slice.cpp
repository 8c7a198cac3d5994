// SPDX-License-Identifier: MIT
#include "kernel/core/slice.hpp"

#include "kernel/core/cap.hpp"

namespace core {

Status slice_assign(u16 env, u32 slot, u16 target, u32 first, u32 count) {
  const u32 index = TRY(cap_find(env, slot, CapType::Slices, kInvoke));
  const CapEntry& c = caps[index];
  if (count == 0) return Status::BadArgument;
  if (first < c.start || first - c.start > c.count || count > c.count - (first - c.start))
    return Status::OutOfRange;
  for (u32 i = 0; i < count; i++) cpus[c.object].slices[first + i] = target;
  return Status::Ok;
}

void slice_forget(u16 env) {
  for (CpuEntry& cpu : cpus)
    for (u16& position : cpu.slices)
      if (position == env) position = kNoEnv;
}

}  // namespace core
