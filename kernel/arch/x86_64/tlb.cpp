// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/tlb.hpp"

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/arch/x86_64/switch.hpp"
#include "kernel/core/state.hpp"

namespace arch {

[[gnu::cold]] void load_tagged_root(CpuLocal& cpu) {
  write_cr3(cpu.spaces.enter(cpu.cr3, ledger_header.clock));
}

void tlb_flush_local() {
  CpuLocal& cpu = this_cpu();
  CpuEntry& entry = cpus[cpu.number];
  // The clock first: what is unmapped after this read is not covered by this flush.
  const u64 clock = __atomic_load_n(&ledger_header.clock, __ATOMIC_ACQUIRE);
  if (cpu.current == kNoEnv || envs[cpu.current].state == EnvState::Dead) {
    cpu.cr3 = kernel_cr3;
    entry.holds_user = 0;
  }
  const bool tagged = features.pcid && entry.holds_user != 0;
  write_cr3(tagged ? cpu.spaces.flush(cpu.cr3, clock) : cpu.cr3);
  __atomic_store_n(&entry.flushed, clock, __ATOMIC_RELEASE);
}

void tlb_flush_if_awaited() {
  const CpuEntry& entry = *this_cpu().shown;
  if (frame_lists.quarantine_head == kNone || entry.holds_user == 0) return;
  if (entry.flushed < ledger_header.clock) tlb_flush_local();
}

void tlb_request_flush() {
  const u32 self = this_cpu().number;
  for (u32 number = 0; number < ledger_header.cpu_count; number++) {
    const CpuEntry& entry = cpus[number];
    if (number == self || entry.online == 0 || entry.holds_user == 0) continue;
    if (entry.flushed < ledger_header.clock) apic_send(number, kVectorFlush);
  }
}

}  // namespace arch
