// SPDX-License-Identifier: MIT
// Family slice, the calls that give up the CPU or wake somebody (slice.cpp has slice_assign).
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/page.hpp"
#include "kernel/core/wakeup.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {

// The caller will continue at entry_begin with the rsp that it has now.
void give_up(u16 env, EnvState state, BeginReason reason) {
  arch::Context& context = arch::contexts[env];
  arch::keep_before_call(context);
  context.now.resume = arch::Resume::Begin;
  context.now.reason = reason;
  context.now.rsp = arch::user_registers().rsp;
  if (context.ending) context.overruns = 0;  // in time
  context.ending = false;
  arch::leave(state);
}

}  // namespace

SysResult sys_yield(Caller& caller, u32 slot) {
  arch::CpuLocal& cpu = arch::this_cpu();
  u16 target = kNoEnv;
  if (slot != kNone) {
    const auto found = core::env_target(caller.env, slot, kInvoke);
    if (!found.ok()) return {found.status(), 0};
    target = found.value();
    if (envs[target].state == EnvState::Dead) return {Status::Gone, 0};
    if (envs[target].state != EnvState::Ready || target == caller.env) return {Status::Busy, 0};
  }
  give_up(caller.env, EnvState::Ready, BeginReason::Slice);
  cpu.yielded = caller.env;
  cpu.donated = target;
  return {Status::Ok, 0};
}

SysResult sys_sleep(Caller& caller, u64 word, u64 expected, u64 deadline) {
  arch::Context& context = arch::contexts[caller.env];
  if (word % sizeof(u64) != 0) return {Status::BadArgument, 0};
  if (word != 0) {
    const auto physical = core::page_walk(envs[caller.env].root_table, word, false);
    if (!physical.ok()) return {Status::BadAddress, 0};
  }
  if (context.notified) {
    context.notified = false;
    return {Status::Ok, 0};
  }
  arch::keep_before_call(context);
  context.now.wake_word = word;
  context.now.wake_expected = expected;
  context.now.wake_deadline = deadline;
  if (arch::word_changed(caller.env)) return {Status::Ok, 0};
  if (deadline <= arch::now_tsc()) return {Status::TimedOut, 0};
  give_up(caller.env, EnvState::Sleeping, BeginReason::Woken);
  return {Status::Ok, 0};
}

SysResult sys_sleep_until(Caller& caller, UserIn<WakePredicate> predicate, u64 deadline) {
  arch::Context& context = arch::contexts[caller.env];
  WakePredicate copy;
  Status status = predicate.copy(&copy, 1);
  if (status == Status::Ok) status = core::wakeup_check(envs[caller.env].root_table, copy);
  if (status != Status::Ok) return {status, 0};
  if (context.notified) {
    context.notified = false;
    return {Status::Ok, 0};
  }
  if (core::wakeup_due(envs[caller.env].root_table, copy)) return {Status::Ok, 0};
  if (deadline <= arch::now_tsc()) return {Status::TimedOut, 0};
  arch::keep_before_call(context);
  arch::wake_predicate(context) = copy;
  context.now.wake_word = arch::kWakePredicate;
  context.now.wake_deadline = deadline;
  give_up(caller.env, EnvState::Sleeping, BeginReason::Woken);
  return {Status::Ok, 0};
}

SysResult sys_notify(Caller& caller, u32 slot) {
  const auto target = core::env_target(caller.env, slot, kInvoke);
  if (!target.ok()) return {target.status(), 0};
  if (envs[target.value()].state == EnvState::Dead) return {Status::Gone, 0};
  arch::env_notified(target.value());
  return {Status::Ok, 0};
}

}  // namespace kernel
