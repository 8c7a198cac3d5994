// SPDX-License-Identifier: MIT
// Family slice: who holds positions and who asks for idle time. (yield, sleep and notify switch
// environments: sched.cpp.)
#include "kernel/core/slice.hpp"

#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/env.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

using base::Result;

static Result<u16> receiver(u16 caller, u32 env) {
  if (env == kNone) return kNoEnv;
  return core::env_target(caller, env, kAccept);
}

// Its CPUs look at what they have now.
static SysResult done(Status status, u16 env) {
  if (status == Status::Ok && env != kNoEnv) arch::env_slices_changed(env);
  return {status, 0};
}

SysResult sys_slice_assign(Caller& caller, u32 slices, u32 env, u32 first, u32 count) {
  const auto target = receiver(caller.env, env);
  if (!target.ok()) return {target.status(), 0};
  return done(core::slice_assign(caller.env, slices, target.value(), first, count), target.value());
}

SysResult sys_slice_claim(Caller& caller, u32 env, UserIn<SliceClaim> list, u32 count) {
  const auto target = receiver(caller.env, env);
  if (!target.ok()) return {target.status(), 0};
  if (count == 0 || count > kMaxCpus) return {Status::BadArgument, 0};
  SliceClaim claims[kMaxCpus];
  const Status copied = list.copy(claims, count);
  if (copied != Status::Ok) return {copied, 0};
  return done(core::slice_claim(caller.env, target.value(), claims, count), target.value());
}

SysResult sys_slice_idle(Caller& caller, u32 slices, u32 env, u32 weight) {
  const auto target = core::env_target(caller.env, env, kAccept);
  if (!target.ok()) return {target.status(), 0};
  return done(core::slice_idle(caller.env, slices, target.value(), weight), target.value());
}

}  // namespace kernel
