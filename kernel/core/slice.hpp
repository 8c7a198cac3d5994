// SPDX-License-Identifier: MIT
// CPU time: who holds which positions of which CPU's slice vector, and who asked for idle time. Each
// position and each request stands on a Slices capability and goes with it (CapEntry::uses counts
// them). Who runs next is for kernel/arch to find out; idle.hpp has the order of idle time.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

// Positions [first, first + count) as a mask; 0 if they are not all below kSlicePositions.
constexpr u64 slice_mask(u64 first, u64 count) {
  if (first >= kSlicePositions || count > kSlicePositions - first || count == 0) return 0;
  return (~0ul >> (kSlicePositions - count)) << first;
}

// Gives all the positions named by `claims` (1..kMaxCpus of them) to `target`, kNoEnv: to nobody, or
// none. BadArgument: the number of claims, an empty mask, a reserved field, a position named twice.
// BadCap, Denied. OutOfRange: a position outside its capability's range. Occupied: one that stands on
// another capability. Quota: more positions than `target` may have.
Status slice_claim(u16 env, u16 target, const SliceClaim* claims, u32 count);

// The same for one run of positions.
Status slice_assign(u16 env, u32 slot, u16 target, u32 first, u32 count);

// `target` asks for idle time of the capability's CPU with that weight; 0: it asks no more.
// BadCap, Denied, BadArgument (weight), NoSpace. Occupied: its request stands on another capability.
Status slice_idle(u16 env, u32 slot, u16 target, u32 weight);

// Takes away what stands on capability entry `cap`, of type Slices: then its `uses` are 0.
void slice_release_cap(u32 cap);

// Takes every position and request of `env` away, on all CPUs.
void slice_forget(u16 env);

}  // namespace core
