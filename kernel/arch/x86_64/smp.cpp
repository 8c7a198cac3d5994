// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/smp.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/lock.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"

extern "C" {
extern abi::u8 ap_start[], ap_start_end[], ap_gdt_offset[], ap_gdt_base_offset[];
abi::u32 ap_number;
[[noreturn]] void ap_main(abi::u32 number);
}

namespace arch {

namespace {

constexpr u64 kStartPage = 0x8000;  // conventional memory that nobody else uses

bool wait_online(u32 cpu) {
  for (int i = 0; i < 2000; i++) {
    if (__atomic_load_n(&cpus[cpu].online, __ATOMIC_ACQUIRE) != 0) return true;
    delay_microseconds(1000);
  }
  return false;
}

}  // namespace

void number_cpus() {
  const u32 self = apic_id();
  cpus[0].apic_id = self;
  u32 count = 1;
  for (u32 i = 0; i < topology.cpu_count; i++)
    if (topology.apic_ids[i] != self && count < kMaxCpus) cpus[count++].apic_id = topology.apic_ids[i];
  ledger_header.cpu_count = count;
}

void start_other_cpus() {
  cpus[0].online = 1;
  u8* code = phys_to_virt<u8>(kStartPage);
  memcpy(code, ap_start, static_cast<u64>(ap_start_end - ap_start));
  const u32 gdt = static_cast<u32>(kStartPage + reinterpret_cast<u64>(ap_gdt_offset));
  memcpy(code + reinterpret_cast<u64>(ap_gdt_base_offset), &gdt, sizeof gdt);
  const u32 count = ledger_header.cpu_count;
  for (u32 cpu = 1; cpu < count; cpu++) {
    map_cpu_block(cpu);
    __atomic_store_n(&ap_number, cpu, __ATOMIC_RELEASE);
    apic_start_cpu(cpus[cpu].apic_id, kStartPage >> kPageShift);
    if (!wait_online(cpu)) {
      // It may still wake up later and would then run with another CPU's number: give up on the rest.
      kernel::Log("cpu").text().put("CPU ").dec(cpu).put(
          " does not start; going on without it and those after it");
      ledger_header.cpu_count = cpu;
      return;
    }
  }
}

}  // namespace arch

void ap_main(abi::u32 number) {
  using namespace arch;
  cpu_start(number);
  apic_start();
  __atomic_store_n(&cpus[number].online, static_cast<u8>(1), __ATOMIC_RELEASE);
  kernel_lock.acquire();  // held by the boot CPU until the first environment is ready
  schedule_forever();
}
