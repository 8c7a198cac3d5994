// SPDX-License-Identifier: MIT
#include "kernel/core/idle.hpp"

namespace core {

static_assert(kMaxIdleShares <= 32, "a set of shares is a u32");

static u64 start_of(const CpuEntry& cpu, const IdleShare& share) {
  return share.served > cpu.idle_clock ? share.served : cpu.idle_clock;
}

u32 idle_first(u32 number, u32 tried) {
  const CpuEntry& cpu = cpus[number];
  u32 first = kNoShare;
  for (u32 i = 0; i < kMaxIdleShares; i++) {
    if (cpu.idle[i].env == kNoEnv || (tried >> i & 1) != 0) continue;
    if (first == kNoShare || cpu.idle[i].served < cpu.idle[first].served) first = i;
  }
  return first;
}

void idle_charge(u32 number, u32 at, u64 cycles) {
  CpuEntry& cpu = cpus[number];
  IdleShare& share = cpu.idle[at];
  const u64 start = start_of(cpu, share);
  cpu.idle_clock = start;
  share.served = start + cycles / share.weight;
}

}  // namespace core
