// SPDX-License-Identifier: MIT
// Family call: protected control transfer. The callee runs on the caller's slice, entered at the
// address that it registered; what it did before waits in Context::before_call.
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/core/env.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

namespace {

Status can_be_called(u16 env) {
  const arch::Context& context = arch::contexts[env];
  if (envs[env].state == EnvState::Dead) return Status::Gone;
  if (context.config.entry_call == 0) return Status::Denied;
  if (envs[env].state != EnvState::Ready && envs[env].state != EnvState::Sleeping) return Status::Busy;
  // Before its first slice it has no stack of its own yet; with registers saved by force, a second
  // force would overwrite them.
  const bool fresh = context.now.resume == arch::Resume::Begin && context.now.reason == BeginReason::Start;
  if (*static_cast<volatile u64*>(&context.page->notice_busy) != 0) return Status::Busy;
  if (context.in_call || fresh || context.now.resume != arch::Resume::Begin) return Status::Busy;
  return Status::Ok;
}

// What was set aside goes on: Ready or Sleeping as it was.
void return_to_before(u16 env) {
  arch::Context& context = arch::contexts[env];
  context.now = context.before_call;
  context.in_call = false;
  context.caller = kNoEnv;
  context.ending = false;
  arch::leave(context.now.state);
}

}  // namespace

SysResult sys_env_call(Caller& caller, u32 slot, u64 a, u64 b, u64 c, u64 d) {
  const auto found = core::env_target(caller.env, slot, kInvoke);
  if (!found.ok()) return {found.status(), 0};
  const u16 callee = found.value();
  const Status status = can_be_called(callee);
  if (status != Status::Ok) return {status, 0};

  arch::Registers& regs = arch::user_registers();
  arch::Context& from = arch::contexts[caller.env];
  from.now.resume = arch::Resume::Reply;
  from.now.rip = regs.rip;
  from.now.rsp = regs.rsp;
  envs[caller.env].calling = callee;
  arch::leave(EnvState::Calling);

  arch::Context& to = arch::contexts[callee];
  to.before_call = to.now;
  to.before_call.state = envs[callee].state;
  to.in_call = true;
  to.caller = caller.env;
  to.now.resume = arch::Resume::Begin;
  arch::enter(callee, regs);
  arch::registers_fresh(regs, to.config.entry_call, to.config.call_stack);
  regs.rdi = caller.env;
  regs.rsi = a;
  regs.rdx = b;
  regs.rcx = c;
  regs.r8 = d;
  arch::this_cpu().switched = true;
  return {Status::Ok, 0};
}

SysResult sys_env_reply(Caller& caller, u64 a, u64 b, u64 c, u64 d) {
  arch::Context& context = arch::contexts[caller.env];
  if (!context.in_call) return {Status::Denied, 0};
  const u16 to = context.caller;
  return_to_before(caller.env);
  arch::this_cpu().switched = true;
  if (to == kNoEnv) return {Status::Ok, 0};  // it ended meanwhile
  arch::Context& waiting = arch::contexts[to];
  waiting.reply_status = Status::Ok;
  waiting.reply[0] = a;
  waiting.reply[1] = b;
  waiting.reply[2] = c;
  waiting.reply[3] = d;
  arch::enter(to, arch::user_registers());
  return {Status::Ok, 0};
}

}  // namespace kernel
