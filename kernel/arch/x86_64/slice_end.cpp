// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/slice_end.hpp"

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/arch/x86_64/upcall.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

namespace {

constexpr u32 kMaxDebt = 8;  // positions that one environment can owe

constinit u64 grace_end[kMaxCpus]{};

void take_by_force(Registers& regs) {
  CpuLocal& cpu = this_cpu();
  const u16 env = cpu.current;
  Context& context = contexts[env];
  if (context.ending && ++context.overruns >= kMaxOverruns) {
    envs[env].overruns++;
    end_current(EndReason::Overrun, context.overruns);
    schedule(regs);
    return;
  }
  context.save->registers = regs;
  // SYSRET would lose rcx and r11, which belong to the interrupted code.
  context.save->registers.vector = 0;
  fpu_save(context.save->fpu);
  cpu.fpu_owner = kNoEnv;
  keep_before_call(context);
  context.now.resume = Resume::Saved;
  if (context.ending) {
    envs[env].overruns++;
    if (context.debt < kMaxDebt) context.debt++;
  }
  leave(EnvState::Ready);
  schedule(regs);
}

}  // namespace

void end_slice(Registers& regs, u64 now) {
  CpuLocal& cpu = this_cpu();
  Context& context = contexts[cpu.current];
  if (context.ending && now < grace_end[cpu.number]) {
    set_timer(cpu, grace_end[cpu.number], now);
    return;
  }
  if (!context.ending) envs[cpu.current].preemptions++;
  if (context.ending || context.config.entry_end == 0) {
    take_by_force(regs);
    return;
  }
  context.ending = true;
  upcall_slice_end(context, regs);
  const u64 grace = cycles_of_microseconds(kGraceMicroseconds);
  grace_end[cpu.number] = now + grace;
  set_timer(cpu, grace_end[cpu.number], now);
}

}  // namespace arch
