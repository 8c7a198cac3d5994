// SPDX-License-Identifier: MIT
// Positions of a slice vector as masks, for slice_claim: bit p is position p. What to claim is the
// caller's policy: runs for throughput, positions apart for latency, the same mask on several CPUs for
// a gang, whose members begin at the same moment.
#pragma once
#include "abi/slice.hpp"

namespace core {
using namespace abi;

// The first `count` positions in a row that are all in `open`; 0 if there are none.
constexpr u64 run_in(u64 open, u32 count) {
  if (count == 0 || count > kSlicePositions) return 0;
  const u64 run = ~0ul >> (kSlicePositions - count);
  for (u32 first = 0; first + count <= kSlicePositions; first++)
    if ((run << first & ~open) == 0) return run << first;
  return 0;
}

// `count` positions of `open` as far apart as it allows: behind each of `count` evenly spaced ones the
// next that is left. 0 if `open` has not that many.
constexpr u64 spread_in(u64 open, u32 count) {
  u64 mask = 0;
  for (u32 n = 0; n < count; n++) {
    u32 at = n * kSlicePositions / count;
    for (u32 tries = 0; (open >> at & 1) == 0; at = (at + 1) % kSlicePositions)
      if (tries++ == kSlicePositions) return 0;
    mask |= 1ul << at;
    open &= ~(1ul << at);
  }
  return mask;
}

// The positions of a CPU (an entry of the ledger) that nobody holds.
constexpr u64 open_positions(const volatile CpuEntry& cpu) {
  u64 mask = 0;
  for (u32 p = 0; p < kSlicePositions; p++)
    if (cpu.slices[p] == kNoEnv) mask |= 1ul << p;
  return mask;
}

}  // namespace core
