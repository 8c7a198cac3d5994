// SPDX-License-Identifier: MIT
// CPU time: writing positions of a CPU's slice vector within what a Slices capability covers.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

// Gives [first, first + count) of the capability's CPU to `target` (kNoEnv: to nobody).
// BadCap, Denied, BadArgument (count 0), OutOfRange.
Status slice_assign(u16 env, u32 slot, u16 target, u32 first, u32 count);

// Takes every position of `env` away, on all CPUs.
void slice_forget(u16 env);

// The root environment runs on CPU `cpu` until it hands the positions out.
void slice_boot(u32 cpu);

}  // namespace core
