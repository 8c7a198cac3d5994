// SPDX-License-Identifier: MIT
// The two halves of a switch between environments, all but their general registers: what the scheduler
// and calls between environments do alike. Inline, because a call does both twice. Kernel lock held.
#pragma once
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/idle.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

// Books the time since the last charge. For whom it was is settled when that changes (scheduler.cpp).
inline void charge(CpuLocal& cpu, Context& context, u64 now) {
  const u64 cycles = now - cpu.entered;
  cpu.entered = now;
  cpu.ran += cycles;
  context.entry->run_cycles += cycles;
  if (cpu.payer == context.env) return;
  context.entry->received_cycles += cycles;
  cpu.given += cycles;
}

// CR3 with the identifier of the root in cpu.cr3.
void load_tagged_root(CpuLocal& cpu);

// Translations of another root. No translation from before can be used afterwards: the CR3 write throws
// them away, or they belong to an identifier under which nothing has been taken away since (pcid.hpp).
inline void load_root(CpuLocal& cpu, u64 cr3, bool user) {
  if (cpu.cr3 == cr3) return;
  cpu.cr3 = cr3;
  cpu.shown->flushed = ledger_header.clock;
  cpu.shown->holds_user = user;
  if (!features.pcid || !user) [[likely]] {
    write_cr3(cr3);
  } else {
    load_tagged_root(cpu);
  }
}

// FPU registers hold initial values or the environment's own, never another one's.
inline void own_fpu(CpuLocal& cpu, u16 env) {
  if (cpu.fpu_owner == env) return;
  fpu_reset();
  cpu.fpu_owner = env;
}

// The running environment leaves this CPU and becomes `state`. Somebody else or nobody has to be
// `current` next.
inline void leave_cpu(CpuLocal& cpu, EnvState state, u64 now) {
  Context& context = *cpu.context;
  if (features.fsgsbase) [[likely]] {
    asm volatile("rdfsbase %0; rdgsbase %1" : "=r"(context.fs_base), "=r"(context.gs_base));
  }
  charge(cpu, context, now);
  context.entry->state = state;
}

// An environment that is on no CPU comes to this one, where nobody is. Its FPU registers are those
// that this CPU has of it, or initial.
inline void enter_cpu(CpuLocal& cpu, Context& context) {
  const u16 number = static_cast<u16>(cpu.number);
  const u16 env = context.env;
  context.entry->state = EnvState::Running;
  context.entry->last_cpu = number;
  cpu.context = &context;
  cpu.current = env;
  cpu.shown->current = env;
  cpu.shown->switches++;
  load_root(cpu, context.cr3, true);
  own_fpu(cpu, env);
  if (features.fsgsbase) [[likely]] {
    asm volatile("wrfsbase %0; wrgsbase %1" : : "r"(context.fs_base), "r"(context.gs_base));
  }
}

}  // namespace arch
