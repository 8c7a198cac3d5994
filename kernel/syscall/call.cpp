// SPDX-License-Identifier: MIT
// Family call: call and reply, which come through gates of their own (entry.S has what they answer).
// call_more.cpp has the kinds that are rarer.
#include "kernel/syscall/call.hpp"

#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/upcall.hpp"

namespace kernel {

extern "C" {
bool call_main(u64 slot, u64 deadline);
bool reply_main();
}

// Somebody else is next, or there is something to tell to whoever is.
static bool leave_slowly(CpuLocal& cpu) {
  arch::Registers& regs = arch::registers_of(cpu);
  if (cpu.current == kNoEnv || envs[cpu.current].state == EnvState::Dead) {
    arch::reconsider(regs);
  } else {
    arch::registers_rest(regs);
  }
  arch::deliver_notice(regs);
  arch::kernel_lock.release();
  return false;
}

// A refused caller's own way back.
static bool refuse(CpuLocal& cpu, Status status) {
  arch::Registers& regs = arch::registers_of(cpu);
  const u64 rbp = regs.rbp;
  arch::registers_rest(regs);
  regs.rbp = rbp;
  regs.rax = static_cast<u64>(status);
  regs.rdx = 0;  // the value
  arch::deliver_notice(regs);
  regs.error = GATE_REFUSED;
  arch::kernel_lock.release();
  return false;
}

[[gnu::always_inline]] static inline bool leave_gate(CpuLocal& cpu) {
  if (cpu.context->notice) [[unlikely]]
    return leave_slowly(cpu);
  arch::kernel_lock.release();
  return true;
}

bool call_main(u64 slot, u64 deadline) {
  arch::kernel_lock.acquire();
  CpuLocal& cpu = arch::this_cpu();
  Context& caller = *cpu.context;
  caller.entry->syscalls++;
  if (caller.entry->state == EnvState::Dead) return leave_slowly(cpu);  // destroyed while it ran here
  const auto callee = find_callee(caller, slot);
  if (!callee.ok()) return refuse(cpu, callee.status());
  const u64 now = arch::read_tsc();
  if (set_deadline(cpu, deadline, now) != Status::Ok) return refuse(cpu, Status::TimedOut);
  enter_callee(cpu, *callee.value(), EnvState::Calling, true, deadline, now);
  return leave_gate(cpu);
}

bool reply_main() {
  arch::kernel_lock.acquire();
  CpuLocal& cpu = arch::this_cpu();
  Context& callee = *cpu.context;
  callee.entry->syscalls++;
  if (callee.entry->state == EnvState::Dead) return leave_slowly(cpu);
  if (!callee.call.active) return refuse(cpu, Status::Denied);
  arch::registers_of(cpu).r8 = 0;  // no capability comes with it
  if (!reply_to_caller(cpu)) return leave_slowly(cpu);
  return leave_gate(cpu);
}

// The dispatch table has every call, but these two never come that way.
SysResult sys_env_call(Caller&, u32, u64, u64, u64, u64, u64) { return {Status::BadCall, 0}; }
SysResult sys_env_reply(Caller&, u64, u64, u64, u64) { return {Status::BadCall, 0}; }

}  // namespace kernel
