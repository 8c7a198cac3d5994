// SPDX-License-Identifier: MIT
#include "kernel/core/slice.hpp"

#include "kernel/core/cap.hpp"
#include "kernel/core/quota.hpp"

namespace core {

// Empties a position, or a request, and the count of what it stood on.
static void empty_position(CpuEntry& cpu, u32 position) {
  if (cpu.slices[position] == kNoEnv) return;
  caps[cpu.slice_caps[position]].uses--;
  quota_return(cpu.slices[position], Resource::Slices, 1);
  cpu.slices[position] = kNoEnv;
  cpu.slice_caps[position] = 0;
}

static void empty_share(IdleShare& share) {
  caps[share.cap].uses--;
  share = IdleShare{.served = 0, .cap = 0, .env = kNoEnv, .weight = 0};
}

// Whether every position of the mask is free or stands on `cap`. (What is not inlined here is proved by
// itself.)
[[gnu::noinline]] static bool positions_open(u16 number, u64 mask, u32 cap) {
  const CpuEntry& cpu = cpus[number];
  for (u32 p = 0; p < kSlicePositions; p++)
    if ((mask >> p & 1) != 0 && cpu.slices[p] != kNoEnv && cpu.slice_caps[p] != cap) return false;
  return true;
}

// Positions of the mask that are not `target`'s yet.
[[gnu::noinline]] static u32 count_new(u16 number, u64 mask, u16 target) {
  const CpuEntry& cpu = cpus[number];
  u32 n = 0;
  for (u32 p = 0; p < kSlicePositions; p++)
    if ((mask >> p & 1) != 0 && cpu.slices[p] != target) n++;
  return n;
}

// The capability entry that a claim names.
static Result<u32> check_claim(u16 env, const SliceClaim& claim) {
  if (claim.mask == 0 || claim.reserved != 0) return Status::BadArgument;
  const u32 index = TRY(cap_find(env, claim.slices, CapType::Slices, kInvoke));
  const CapEntry& c = caps[index];
  if ((claim.mask & ~slice_mask(c.start, c.count)) != 0) return Status::OutOfRange;
  if (!positions_open(c.object, claim.mask, index)) return Status::Occupied;
  return index;
}

// Whether one of the claims before claims[last], all checked, names a position of it on that CPU.
[[gnu::noinline]] static bool named_before(u16 env, const SliceClaim* claims, u32 last, u16 cpu) {
  for (u32 i = 0; i < last; i++) {
    const u16 other = caps[cap_index(env, claims[i].slices)].object;
    if (other == cpu && (claims[i].mask & claims[last].mask) != 0) return true;
  }
  return false;
}

[[gnu::noinline]] static void apply_claim(u32 index, u64 mask, u16 target) {
  CpuEntry& cpu = cpus[caps[index].object];
  for (u32 p = 0; p < kSlicePositions; p++) {
    if ((mask >> p & 1) == 0) continue;
    empty_position(cpu, p);
    if (target == kNoEnv) continue;
    cpu.slices[p] = target;
    cpu.slice_caps[p] = index;
    caps[index].uses++;
    quota_book(target, Resource::Slices, 1);
  }
}

Status slice_claim(u16 env, u16 target, const SliceClaim* claims, u32 count) {
  if (count == 0 || count > kMaxCpus) return Status::BadArgument;
  u32 more = 0;
  for (u32 i = 0; i < count; i++) {
    const u32 index = TRY(check_claim(env, claims[i]));
    if (named_before(env, claims, i, caps[index].object)) return Status::BadArgument;
    more += count_new(caps[index].object, claims[i].mask, target);
  }
  if (target != kNoEnv) TRY_STATUS(quota_check(target, Resource::Slices, more));
  for (u32 given = 0; given < count; given++)
    apply_claim(cap_index(env, claims[given].slices), claims[given].mask, target);
  return Status::Ok;
}

Status slice_assign(u16 env, u32 slot, u16 target, u32 first, u32 count) {
  const u32 index = TRY(cap_find(env, slot, CapType::Slices, kInvoke));
  if (count == 0) return Status::BadArgument;
  const u64 mask = slice_mask(first, count);
  if (mask == 0 || (mask & ~slice_mask(caps[index].start, caps[index].count)) != 0) return Status::OutOfRange;
  const u16 cpu = caps[index].object;
  if (!positions_open(cpu, mask, index)) return Status::Occupied;
  if (target != kNoEnv) TRY_STATUS(quota_check(target, Resource::Slices, count_new(cpu, mask, target)));
  apply_claim(index, mask, target);
  return Status::Ok;
}

// The request of `env` on a CPU; kMaxIdleShares if there is none.
[[gnu::noinline]] static u32 find_share(u16 number, u16 env) {
  const CpuEntry& cpu = cpus[number];
  for (u32 i = 0; i < kMaxIdleShares; i++)
    if (cpu.idle[i].env == env) return i;
  return kMaxIdleShares;
}

Status slice_idle(u16 env, u32 slot, u16 target, u32 weight) {
  const u32 index = TRY(cap_find(env, slot, CapType::Slices, kInvoke));
  if (weight > kMaxIdleWeight) return Status::BadArgument;
  CpuEntry& cpu = cpus[caps[index].object];
  u32 at = find_share(caps[index].object, target);
  if (at != kMaxIdleShares && cpu.idle[at].cap != index) return Status::Occupied;
  if (at != kMaxIdleShares && weight != 0) {
    cpu.idle[at].weight = static_cast<u16>(weight);
  } else if (at != kMaxIdleShares) {
    empty_share(cpu.idle[at]);
  } else if (weight != 0) {
    at = find_share(caps[index].object, kNoEnv);
    if (at == kMaxIdleShares) return Status::NoSpace;
    cpu.idle[at] =
        IdleShare{.served = cpu.idle_clock, .cap = index, .env = target, .weight = static_cast<u16>(weight)};
    caps[index].uses++;
  }
  return Status::Ok;
}

void slice_release_cap(u32 cap) {
  CpuEntry& cpu = cpus[caps[cap].object];
  for (u32 p = 0; p < kSlicePositions; p++)
    if (cpu.slices[p] != kNoEnv && cpu.slice_caps[p] == cap) empty_position(cpu, p);
  for (u32 i = 0; i < kMaxIdleShares; i++)
    if (cpu.idle[i].env != kNoEnv && cpu.idle[i].cap == cap) empty_share(cpu.idle[i]);
}

[[gnu::noinline]] static void forget_on(u16 number, u16 env) {
  CpuEntry& cpu = cpus[number];
  for (u32 p = 0; p < kSlicePositions; p++)
    if (cpu.slices[p] == env) empty_position(cpu, p);
  for (u32 i = 0; i < kMaxIdleShares; i++)
    if (cpu.idle[i].env == env) empty_share(cpu.idle[i]);
}

void slice_forget(u16 env) {
  for (u32 c = 0; c < kMaxCpus; c++) forget_on(static_cast<u16>(c), env);
}

}  // namespace core
