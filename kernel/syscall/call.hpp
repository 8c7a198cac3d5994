// SPDX-License-Identifier: MIT
// Calls between environments: what the kinds of calls have in common. The callee runs on the caller's
// time, entered at the address that it registered, and goes back to what it did when it replies. The
// words of a call or a reply stand in the frame of registers already. Inline, because of what a call
// costs.
#pragma once
#include "base/result.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/arch/x86_64/switch.hpp"
#include "kernel/core/env.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

using arch::Context;
using arch::CpuLocal;
using arch::Resume;
using base::Result;

// Keeps the compiler from computing an address again instead of keeping it.
inline Context* only_here(Context* context) {
  asm("" : "+r"(context));
  return context;
}

// Whether `to` can be entered at entry_call now.
inline Status can_be_called(const Context& to) {
  if (to.config.entry_call == 0) return Status::Denied;  // or it was never configured
  if (to.entry->state != EnvState::Ready && to.entry->state != EnvState::Sleeping)
    return to.entry->state == EnvState::Dead ? Status::Gone : Status::Busy;
  // With registers saved by force, a second force would overwrite them; before its first slice it has
  // no stack of its own yet.
  if (to.call.active || to.now.resume != Resume::Begin || to.now.reason == BeginReason::Start)
    return Status::Busy;
  // Its own word, which keeps calls from itself only.
  if (*static_cast<volatile u64*>(&to.page->notice_busy) != 0) return Status::Busy;
  return Status::Ok;
}

// Whom `caller` may call through `slot` now. BadCap, Denied, Gone, Busy; NoSpace: too many wait for the
// caller already.
[[gnu::always_inline]] inline Result<Context*> find_callee(const Context& caller, u64 slot) {
  const Result<u16> callee = core::env_peer(caller.env, slot, kInvoke);
  if (!callee.ok()) return callee.status();
  Context& to = *only_here(&arch::contexts[callee.value()]);
  const Status status = can_be_called(to);
  if (status != Status::Ok) return status;
  if (caller.call.chain + 1u >= arch::kMaxChain) return Status::NoSpace;
  return &to;
}

// The timer comes at the deadline of a call too. TimedOut: it is over already, be it after the end of the
// slice, whose interrupt may yet have to come.
[[gnu::always_inline]] inline Status set_deadline(CpuLocal& cpu, u64 deadline, u64 now) {
  if (deadline <= now) return Status::TimedOut;
  if (deadline >= cpu.until) [[likely]]
    return Status::Ok;
  cpu.until = deadline;
  arch::set_timer(cpu, deadline, now);
  return Status::Ok;
}

// The running environment becomes `state`, to go on behind its system call, and `to` is entered at
// entry_call. `waiting`: the caller gets the reply, until `deadline`.
[[gnu::always_inline]] inline void enter_callee(CpuLocal& cpu, Context& to, EnvState state, bool waiting,
                                                u64 deadline, u64 now) {
  arch::Registers& regs = arch::registers_of(cpu);
  Context& from = *cpu.context;
  arch::keep_before_call(from);
  from.now.resume = Resume::Reply;
  from.now.rip = regs.rip;
  from.now.rsp = regs.rsp;
  from.now.wake_deadline = deadline;
  arch::leave_cpu(cpu, state, now);
  to.call.before_state = to.entry->state;
  to.call.active = true;
  const u16 caller = from.env;
  if (waiting) {
    from.entry->calling = to.env;
    to.call.caller = caller;
    to.call.chain = static_cast<u16>(from.call.chain + 1);
  }
  arch::enter_cpu(cpu, to);
  regs.rip = to.config.entry_call;
  regs.rsp = to.config.call_stack;
  regs.rdi = caller;
}

// Who called the running environment goes on; the running one goes back to what it did before. False:
// nobody waits, and nobody runs.
[[gnu::always_inline]] inline bool reply_to_caller(CpuLocal& cpu) {
  arch::Registers& regs = arch::registers_of(cpu);
  const u64 now = arch::read_tsc();
  Context& from = *cpu.context;
  const arch::Handling call = from.call;
  from.call = arch::Handling{};
  from.ending = false;
  if (call.set_aside) from.now = from.before_call;
  arch::leave_cpu(cpu, call.before_state, now);
  if (from.notified && call.before_state == EnvState::Sleeping) [[unlikely]]
    arch::wake(from.env, BeginReason::Woken);
  if (call.caller == kNoEnv) [[unlikely]] {
    if (cpu.donated == from.env) cpu.donated = kNoEnv;
    cpu.current = cpu.shown->current = kNoEnv;
    return false;
  }
  Context& to = *only_here(&arch::contexts[call.caller]);
  arch::enter_cpu(cpu, to);
  regs.rip = to.now.rip;
  regs.rsp = to.now.rsp;
  return true;
}

}  // namespace kernel
