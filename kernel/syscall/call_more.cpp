// SPDX-License-Identifier: MIT
// Family call, the rarer kinds: without reply, and with a capability that travels along.
#include "kernel/core/cap.hpp"
#include "kernel/syscall/call.hpp"

namespace kernel {

// A child of the capability in `slot` of `from` goes where `to` accepts one. Denied: it accepts none.
static Status send_capability(u16 from, u32 slot, const Context& to, u32 rights) {
  if (to.config.accept_slot == kNone) return Status::Denied;
  return core::cap_grant(from, slot, to.env, to.config.accept_slot, rights);
}

// These calls do not leave through the gate: all of the frame of registers. `r9`: at entry_call, 1 if
// a capability came.
static SysResult entered(CpuLocal& cpu, u64 a, u64 b, u64 c, u64 d, u64 r9) {
  arch::Registers& regs = arch::registers_of(cpu);
  arch::registers_rest(regs);
  regs.rsi = a;
  regs.rdx = b;
  regs.r10 = c;
  regs.r8 = d;
  regs.r9 = r9;
  return {Status::Ok, 0};
}

SysResult sys_env_send(Caller&, u32 slot, u64 a, u64 b, u64 c, u64 d) {
  CpuLocal& cpu = arch::this_cpu();
  Context& from = *cpu.context;
  const auto callee = find_callee(from, slot);
  if (!callee.ok()) return {callee.status(), 0};
  from.reply_status = Status::Ok;
  enter_callee(cpu, *callee.value(), EnvState::Ready, false, kForever, arch::read_tsc());
  cpu.donated = callee.value()->env;
  return entered(cpu, a, b, c, d, 0);
}

SysResult sys_env_call_with(Caller&, u32 slot, UserIn<CallMessage> message) {
  CpuLocal& cpu = arch::this_cpu();
  const Context& from = *cpu.context;
  const auto callee = find_callee(from, slot);
  if (!callee.ok()) return {callee.status(), 0};
  CallMessage m;
  Status status = message.copy(&m, 1);
  if (status != Status::Ok) return {status, 0};
  const u64 now = arch::read_tsc();
  status = set_deadline(cpu, m.deadline, now);
  if (status != Status::Ok) return {status, 0};
  if (m.capability != kNone) status = send_capability(from.env, m.capability, *callee.value(), m.rights);
  if (status != Status::Ok) return {status, 0};
  enter_callee(cpu, *callee.value(), EnvState::Calling, true, m.deadline, now);
  return entered(cpu, m.word[0], m.word[1], m.word[2], m.word[3], m.capability != kNone);
}

SysResult sys_env_reply_with(Caller&, u64 a, u64 b, u64 c, u64 d, u32 capability, u32 rights) {
  CpuLocal& cpu = arch::this_cpu();
  const Context& callee = *cpu.context;
  if (!callee.call.active) return {Status::Denied, 0};
  const u16 caller = callee.call.caller;
  const bool travels = capability != kNone && caller != kNoEnv;
  if (travels) {
    const Status status = send_capability(callee.env, capability, arch::contexts[caller], rights);
    if (status != Status::Ok) return {status, 0};
  }
  if (!reply_to_caller(cpu)) return {Status::Ok, 0};
  arch::Registers& regs = arch::registers_of(cpu);
  arch::registers_rest(regs);
  regs.rdi = a;
  regs.rsi = b;
  regs.rdx = c;
  regs.r10 = d;
  regs.r8 = travels;
  return {Status::Ok, 0};
}

}  // namespace kernel
