// SPDX-License-Identifier: MIT
// The order of idle time on one CPU: start-time fair queueing (Goyal, Guo and Vin 1996) among those
// who asked. Whoever got the least, by weight, is first; who slept or came late has saved nothing up.
#pragma once
#include "kernel/core/state.hpp"

namespace core {

inline constexpr u32 kNoShare = kMaxIdleShares;

// The share of `cpu` that comes first among those that are not in the bit set `tried`, kNoShare if
// there is none.
u32 idle_first(u32 cpu, u32 tried);

// The environment of share `at` ran for `cycles` of idle time.
void idle_charge(u32 cpu, u32 at, u64 cycles);

}  // namespace core
