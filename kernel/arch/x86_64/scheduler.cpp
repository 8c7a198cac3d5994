// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/scheduler.hpp"

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/arch/x86_64/slice_end.hpp"
#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/console.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

constinit KernelLock kernel_lock;

namespace {

constexpr u32 kMaxChain = 8;  // callees followed from a caller's slice
constexpr u32 kConsoleBytes = 64;
constexpr u64 kIdleMicroseconds = 10000;  // an idle CPU looks at sleepers' words at least this often

// All CPUs walk their vectors in step: position p begins at the same moment everywhere.
void update_position(CpuLocal& cpu, u64 now) {
  const u64 length = cycles_of_microseconds(kSliceMicroseconds);
  if (now < cpu.position_end && cpu.position_end - now <= length) return;
  const u64 index = (now - boot_tsc()) / length;
  cpu.position_end = boot_tsc() + (index + 1) * length;
  cpus[cpu.number].position = static_cast<u16>(index % kSlicePositions);
  cpu.yielded = cpu.donated = kNoEnv;
  const u16 owner = cpus[cpu.number].slices[index % kSlicePositions];
  if (owner != kNoEnv && contexts[owner].debt > 0) {
    contexts[owner].debt--;
    cpu.yielded = owner;  // this position pays for an overrun: others first
  }
}

// Who would run on `cpu` for `env`: itself, or whom it waits for in a call. kNoEnv if nobody can.
u16 runnable(u16 env, const CpuLocal& cpu, u64 now) {
  for (u32 i = 0; i < kMaxChain && env < kMaxEnvs; i++) {
    switch (envs[env].state) {
      case EnvState::Running:
        return contexts[env].on_cpu == cpu.number ? env : kNoEnv;
      case EnvState::Ready:
        return env;
      case EnvState::Sleeping:
        return wake_if_due(env, now) ? env : kNoEnv;
      case EnvState::Calling:
        env = envs[env].calling;
        break;
      default:
        return kNoEnv;
    }
  }
  return kNoEnv;
}

u16 pick(const CpuLocal& cpu, u64 now) {
  if (cpu.donated != kNoEnv) {
    const u16 env = runnable(cpu.donated, cpu, now);
    if (env != kNoEnv) return env;
  }
  const CpuEntry& entry = cpus[cpu.number];
  u16 seen = kNoEnv;
  for (u32 i = 0; i < kSlicePositions; i++) {
    const u16 owner = entry.slices[(entry.position + i) % kSlicePositions];
    if (owner == kNoEnv || owner == seen || owner == cpu.yielded) continue;
    seen = owner;
    const u16 env = runnable(owner, cpu, now);
    if (env != kNoEnv && env != cpu.yielded) return env;
  }
  return cpu.yielded != kNoEnv ? runnable(cpu.yielded, cpu, now) : kNoEnv;
}

// Cycles until the first deadline of a sleeper with a position here.
u64 idle_time(const CpuLocal& cpu, u64 now) {
  u64 most = cycles_of_microseconds(kIdleMicroseconds);
  for (const u16 env : cpus[cpu.number].slices) {
    if (env == kNoEnv || envs[env].state != EnvState::Sleeping) continue;
    const u64 deadline = contexts[env].now.wake_deadline;
    if (deadline <= now) return 0;
    if (deadline - now < most) most = deadline - now;
  }
  return most;
}

void load_root(CpuLocal& cpu, u64 cr3) {
  if (cpu.cr3 == cr3) return;
  cpu.cr3 = cr3;
  cpus[cpu.number].flushed = ledger_header.clock;
  cpus[cpu.number].holds_user = cr3 != kernel_cr3;
  write_cr3(cr3);
}

void idle(CpuLocal& cpu, u64 now) {
  load_root(cpu, kernel_cr3);
  if (kernel::console_pump(kConsoleBytes)) {  // nothing better to do: let others at the lock, and go on
    kernel_lock.release();
    asm volatile("sti; pause; cli" : : : "memory");
    kernel_lock.acquire();
    return;
  }
  apic_timer(idle_time(cpu, now));
  kernel_lock.release();
  asm volatile("sti; hlt; cli" : : : "memory");
  kernel_lock.acquire();
  cpus[cpu.number].idle_cycles += read_tsc() - now;
}

void load_fpu(CpuLocal& cpu, u16 env, const Context& context) {
  if (context.now.resume == Resume::Saved) {
    fpu_restore(context.save->fpu);
  } else if (cpu.fpu_owner != env) {
    fpu_reset();
  }
  cpu.fpu_owner = env;
}

void load_registers(const Context& context, Registers& regs) {
  const Activity& activity = context.now;
  switch (activity.resume) {
    case Resume::Begin:
      registers_fresh(regs, context.config.entry_begin, activity.rsp);
      regs.rdi = static_cast<u64>(activity.reason);
      if (activity.reason == BeginReason::Start) regs.rsi = context.config.argument;
      return;
    case Resume::Saved:
      regs = context.save->registers;
      return;
    case Resume::Reply:
      registers_fresh(regs, activity.rip, activity.rsp);
      regs.rax = static_cast<u64>(context.reply_status);
      regs.rdi = context.reply[0];
      regs.rsi = context.reply[1];
      regs.rdx = context.reply[2];
      regs.r10 = context.reply[3];
      return;
  }
}

}  // namespace

void enter(u16 env, Registers& regs) {
  CpuLocal& cpu = this_cpu();
  Context& context = contexts[env];
  envs[env].state = EnvState::Running;
  envs[env].last_cpu = static_cast<u16>(cpu.number);
  context.on_cpu = static_cast<u16>(cpu.number);
  cpu.current = env;
  cpus[cpu.number].current = env;
  cpus[cpu.number].switches++;
  load_root(cpu, static_cast<u64>(envs[env].root_table) << kPageShift);
  load_fpu(cpu, env, context);
  if (features.fsgsbase) {
    asm volatile("wrfsbase %0; wrgsbase %1" : : "r"(context.fs_base), "r"(context.gs_base));
  }
  load_registers(context, regs);
  const u64 now = read_tsc();
  cpu.entered = now;
  apic_timer(cpu.position_end > now ? cpu.position_end - now : 0);
}

void leave(EnvState state) {
  CpuLocal& cpu = this_cpu();
  const u16 env = cpu.current;
  Context& context = contexts[env];
  if (features.fsgsbase) {
    asm volatile("rdfsbase %0; rdgsbase %1" : "=r"(context.fs_base), "=r"(context.gs_base));
  }
  envs[env].run_cycles += read_tsc() - cpu.entered;
  envs[env].state = state;
  context.on_cpu = kNoCpu;
  cpu.current = kNoEnv;
  cpus[cpu.number].current = kNoEnv;
}

void schedule(Registers& regs) {
  CpuLocal& cpu = this_cpu();
  for (;;) {
    const u64 now = read_tsc();
    update_position(cpu, now);
    const u16 env = pick(cpu, now);
    if (env != kNoEnv) {
      enter(env, regs);
      return;
    }
    idle(cpu, now);
  }
}

void reconsider(Registers& regs) {
  CpuLocal& cpu = this_cpu();
  const u16 env = cpu.current;
  if (env == kNoEnv || envs[env].state == EnvState::Dead) {
    if (env != kNoEnv) leave(EnvState::Dead);
    schedule(regs);
    return;
  }
  const u64 now = read_tsc();
  update_position(cpu, now);
  const u16 next = pick(cpu, now);
  if (next == env || next == kNoEnv) {
    apic_timer(cpu.position_end > now ? cpu.position_end - now : 0);
    return;
  }
  end_slice(regs, now);
}

void schedule_forever() {
  Registers& regs = user_registers();
  schedule(regs);
  kernel_lock.release();
  asm volatile("movq %0, %%rsp; jmp leave_kernel" : : "r"(&regs) : "memory");
  __builtin_unreachable();
}

void kick_cpus_of(u16 env) {
  const u32 self = this_cpu().number;
  for (u32 number = 0; number < ledger_header.cpu_count; number++) {
    if (number == self || cpus[number].online == 0) continue;
    for (const u16 owner : cpus[number].slices) {
      if (owner != env) continue;
      apic_send(number, kVectorReschedule);
      break;
    }
  }
}

u64 now_tsc() { return read_tsc(); }

}  // namespace arch
