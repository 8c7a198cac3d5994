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
#include "kernel/arch/x86_64/switch.hpp"
#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/console.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/idle.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

constinit KernelLock kernel_lock;

namespace {

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
u16 runnable(u16 env, CpuLocal& cpu, u64 now) {
  for (u32 i = 0; i < kMaxChain && env < kMaxEnvs; i++) {
    switch (envs[env].state) {
      case EnvState::Running:
        return envs[env].last_cpu == cpu.number ? env : kNoEnv;
      case EnvState::Ready:
        return env;
      case EnvState::Sleeping:
        return wake_if_due(env, now) ? env : kNoEnv;
      case EnvState::Calling: {
        const u64 deadline = contexts[env].now.wake_deadline;
        if (now >= deadline) {
          end_call(env, Status::TimedOut);
          return env;
        }
        if (deadline < cpu.until) cpu.until = deadline;
        env = envs[env].calling;
        break;
      }
      default:
        return kNoEnv;
    }
  }
  return kNoEnv;
}

// Who runs, for whom, and on which share of idle time.
struct Choice {
  u16 env;
  u16 payer;
  u32 share;
};
constexpr Choice kNobody{kNoEnv, kNoEnv, core::kNoShare};

// Idle time goes to those who asked, except to the one that yielded.
Choice pick_idle(CpuLocal& cpu, u64 now) {
  u32 tried = 0;
  for (u32 i = 0; i < kMaxIdleShares; i++) {
    const u32 share = core::idle_first(cpu.number, tried);
    if (share == core::kNoShare) break;
    tried |= 1u << share;
    const u16 asker = cpus[cpu.number].idle[share].env;
    if (asker == cpu.yielded) continue;
    const u16 env = runnable(asker, cpu, now);
    if (env != kNoEnv && env != cpu.yielded) return {env, asker, share};
  }
  return kNobody;
}

// It yielded and nobody else wants the CPU: it goes on, if the time is its own.
Choice pick_yielded(CpuLocal& cpu, u16 owner, u64 now) {
  const u16 env = runnable(cpu.yielded, cpu, now);
  if (env == kNoEnv) return kNobody;
  if (cpu.yielded == owner) return {env, owner, core::kNoShare};
  for (u32 i = 0; i < kMaxIdleShares; i++)
    if (cpus[cpu.number].idle[i].env == cpu.yielded) return {env, cpu.yielded, i};
  return kNobody;
}

Choice pick(CpuLocal& cpu, u64 now) {
  cpu.until = cpu.position_end;
  if (cpu.donated != kNoEnv) {
    const u16 env = runnable(cpu.donated, cpu, now);
    if (env != kNoEnv) return {env, cpu.payer, cpu.share};
  }
  const CpuEntry& entry = cpus[cpu.number];
  const u16 owner = entry.slices[entry.position];
  if (owner != kNoEnv && owner != cpu.yielded) {
    const u16 env = runnable(owner, cpu, now);
    if (env != kNoEnv && env != cpu.yielded) return {env, owner, core::kNoShare};
  }
  const Choice idle = pick_idle(cpu, now);
  if (idle.env != kNoEnv || cpu.yielded == kNoEnv) return idle;
  return pick_yielded(cpu, owner, now);
}

// Cycles until `env`, if it waits, has a deadline; `most` if that is sooner.
u64 until_deadline(u16 env, u64 now, u64 most) {
  if (env == kNoEnv || (envs[env].state != EnvState::Sleeping && envs[env].state != EnvState::Calling))
    return most;
  const u64 deadline = contexts[env].now.wake_deadline;
  if (deadline <= now) return 0;
  return deadline - now < most ? deadline - now : most;
}

// Cycles until the first deadline of a sleeper with a claim to this CPU.
u64 idle_time(CpuLocal& cpu, u64 now) {
  u64 most = cycles_of_microseconds(kIdleMicroseconds);
  for (const u16 env : cpus[cpu.number].slices) most = until_deadline(env, now, most);
  for (const IdleShare& share : cpus[cpu.number].idle) most = until_deadline(share.env, now, most);
  return most;
}

// From now on time is `choice.payer`'s; who paid until now is charged.
void set_payer(CpuLocal& cpu, const Choice& choice) {
  if (cpu.payer != kNoEnv) {
    envs[cpu.payer].donated_cycles += cpu.given;
    // Unless it asks no more.
    if (cpu.share != core::kNoShare && cpu.shown->idle[cpu.share].env == cpu.payer) {
      envs[cpu.payer].idle_cycles += cpu.ran;
      core::idle_charge(cpu.number, cpu.share, cpu.ran);
    }
  }
  cpu.ran = cpu.given = 0;
  cpu.payer = choice.payer;
  cpu.share = choice.share;
}

void idle(CpuLocal& cpu, u64 now) {
  load_root(cpu, kernel_cr3, false);
  if (kernel::console_pump(kConsoleBytes)) {  // nothing better to do: let others at the lock, and go on
    kernel_lock.release();
    asm volatile("sti; pause; cli" : : : "memory");
    kernel_lock.acquire();
    return;
  }
  set_timer(cpu, now + idle_time(cpu, now), now);
  kernel_lock.release();
  asm volatile("sti; hlt; cli" : : : "memory");
  kernel_lock.acquire();
  cpus[cpu.number].idle_cycles += read_tsc() - now;
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
      return;
  }
}

}  // namespace

void enter(u16 env, Registers& regs) {
  CpuLocal& cpu = this_cpu();
  const u64 now = read_tsc();
  enter_cpu(cpu, contexts[env]);
  cpu.entered = now;
  if (contexts[env].now.resume == Resume::Saved) fpu_restore(contexts[env].save->fpu);
  load_registers(contexts[env], regs);
  set_timer(cpu, cpu.until, now);
}

void set_timer(CpuLocal& cpu, u64 at, u64 now) {
  if (cpu.timer_at == at) return;
  cpu.timer_at = at;
  apic_timer(at > now ? at - now : 0);
}

void leave(EnvState state) {
  CpuLocal& cpu = this_cpu();
  leave_cpu(cpu, state, read_tsc());
  cpu.current = kNoEnv;
  cpus[cpu.number].current = kNoEnv;
}

void schedule(Registers& regs) {
  CpuLocal& cpu = this_cpu();
  for (;;) {
    const u64 now = read_tsc();
    update_position(cpu, now);
    const Choice choice = pick(cpu, now);
    if (choice.env != kNoEnv) {
      set_payer(cpu, choice);
      enter(choice.env, regs);
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
  const Choice choice = pick(cpu, now);
  if (choice.env != env) {
    end_slice(regs, now);
    return;
  }
  charge(cpu, *cpu.context, now);
  set_payer(cpu, choice);
  set_timer(cpu, cpu.until, now);
}

void schedule_forever() {
  Registers& regs = user_registers();
  schedule(regs);
  kernel_lock.release();
  asm volatile("movq %0, %%rsp; jmp leave_kernel" : : "r"(&regs) : "memory");
  __builtin_unreachable();
}

static bool has_claim(const CpuEntry& cpu, u16 env) {
  for (const u16 owner : cpu.slices)
    if (owner == env) return true;
  for (const IdleShare& share : cpu.idle)
    if (share.env == env) return true;
  return false;
}

void kick_cpus_of(u16 env) {
  const u32 self = this_cpu().number;
  for (u32 number = 0; number < ledger_header.cpu_count; number++) {
    if (number == self || cpus[number].online == 0) continue;
    if (has_claim(cpus[number], env)) apic_send(number, kVectorReschedule);
  }
}

void env_slices_changed(u16 env) {
  if (envs[env].state == EnvState::Ready || envs[env].state == EnvState::Running) kick_cpus_of(env);
}

u64 now_tsc() { return read_tsc(); }

}  // namespace arch
