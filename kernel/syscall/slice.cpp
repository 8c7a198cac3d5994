// SPDX-License-Identifier: MIT
// Family slice: slice_assign. (yield, sleep and notify switch environments: sched.cpp.)
#include "kernel/core/slice.hpp"

#include "kernel/core/env.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_slice_assign(Caller& caller, u32 slices, u32 env, u32 first, u32 count) {
  u16 target = kNoEnv;
  if (env != kNone) {
    const auto found = core::env_target(caller.env, env, kAccept);
    if (!found.ok()) return {found.status(), 0};
    target = found.value();
  }
  return {core::slice_assign(caller.env, slices, target, first, count), 0};
}

}  // namespace kernel
