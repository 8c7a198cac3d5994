// SPDX-License-Identifier: MIT
// What belongs to one CPU, in its block (layout.hpp). A CPU finds its own through its stack pointer.
#pragma once
#include "abi/slice.hpp"
#include "kernel/arch/x86_64/layout.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/pcid.hpp"
#include "kernel/arch/x86_64/registers.hpp"

namespace arch {

// 64-bit task state segment (Intel SDM Vol. 3A, 8.7).
struct [[gnu::packed]] TaskState {
  u32 reserved0;
  u64 rsp[3];
  u64 reserved1;
  u64 ist[7];
  u64 reserved2;
  u16 reserved3;
  u16 io_map;
};
static_assert(sizeof(TaskState) == 104);

struct Context;

struct CpuLocal {
  u32 number;
  u16 current;       // env that runs here, kNoEnv when idle
  u16 fpu_owner;     // env whose values the FPU registers hold, kNoEnv if they are initial
  u16 yielded;       // env that gave up the rest of this position
  u16 donated;       // env that a directed yield names, kNoEnv if none
  u16 payer;         // env on whose slice or idle time `current` runs
  u64 ran;           // cycles since `payer` was last charged for them: all,
  u64 given;         // and those that others ran
  u32 share;         // of cpus[].idle, if that is idle time; core::kNoShare
  Context* context;  // of `current`
  CpuEntry* shown;   // this CPU in the ledger
  u64 cr3;           // of the root that is loaded, without an identifier
  PcidCache spaces;  // unused if the CPU has no PCID
  u64 entered;       // TSC when `current` was entered, or last charged
  u64 timer_at;      // TSC that the timer is set to, 0 if it is not
  u64 position_end;  // TSC when the slice position is over
  u64 until;         // TSC of the next decision: then, or at the deadline of a call before
  u64 gdt[7];
  TaskState tss;
};
static_assert(sizeof(CpuLocal) <= kPageSize);

inline CpuLocal& cpu_of(u32 number) {
  return *reinterpret_cast<CpuLocal*>(kCpuBlocks + static_cast<u64>(number) * CPU_BLOCK_SIZE + CPU_LOCAL);
}
inline CpuLocal& this_cpu() {
  u64 rsp;
  asm volatile("movq %%rsp, %0" : "=r"(rsp));
  return *reinterpret_cast<CpuLocal*>((rsp & ~static_cast<u64>(CPU_BLOCK_SIZE - 1)) + CPU_LOCAL);
}
// The interrupted user context of a CPU, at the top of its stack.
inline Registers& registers_of(CpuLocal& cpu) {
  return *reinterpret_cast<Registers*>(reinterpret_cast<u64>(&cpu) - CPU_LOCAL + CPU_STACK_TOP - REGS_SIZE);
}
inline Registers& user_registers() { return registers_of(this_cpu()); }

// Descriptor tables, system-call registers, protection bits. Runs on each CPU, on its own stack.
void cpu_start(u32 number);

}  // namespace arch
