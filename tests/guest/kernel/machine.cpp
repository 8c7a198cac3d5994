// SPDX-License-Identifier: MIT
// CPUs, clocks, devices and names, as boot left them.
#include "base/memory.hpp"
#include "base/text.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/symbols.hpp"
#include "tests/guest/kernel/check.hpp"

extern "C" {
extern abi::TimePage time_page;
void kernel_main(abi::u64);
}

namespace kernel_test {

namespace {

const char* every_cpu_is_online() {
  for (u32 cpu = 0; cpu < ledger_header.cpu_count; cpu++) {
    EXPECT(cpus[cpu].online == 1);
    for (u32 other = 0; other < cpu; other++) EXPECT(cpus[cpu].apic_id != cpus[other].apic_id);
  }
  return nullptr;
}

const char* the_clock_runs() {
  EXPECT(time_page.magic == kTimeMagic);
  EXPECT(time_page.tsc_hz > 100000000 && time_page.tsc_hz < 10000000000);
  const u64 start = arch::read_tsc();
  arch::delay_microseconds(2000);
  EXPECT(arch::read_tsc() - start >= arch::cycles_of_microseconds(2000));
  return nullptr;
}

// The one-shot timer counts down at the rate that was measured: 5 ms take at least 4.
const char* the_timer_has_the_measured_rate() {
  const u64 start = arch::read_tsc();
  arch::apic_timer(arch::cycles_of_microseconds(5000));
  while (arch::apic_timer_left() != 0) {
    if (arch::read_tsc() - start > time_page.tsc_hz) return "the timer does not expire within a second";
  }
  EXPECT(arch::read_tsc() - start > arch::cycles_of_microseconds(4000));
  return nullptr;
}

const char* addresses_have_names() {
  char buffer[80];
  base::Text text(buffer, sizeof buffer);
  kernel::symbol_of(reinterpret_cast<u64>(&kernel_main) + 1, text);
  EXPECT(text.size() >= 11 && memcmp(buffer, "kernel_main", 11) == 0);
  return nullptr;
}

const char* devices_are_described() {
  for (const DeviceEntry& device : devices) {
    if (device.type == DeviceType::Nvme || device.type == DeviceType::VirtioBlk) {
      EXPECT(device.blocks > 0 && device.block_size >= 512 && device.max_queues > 0);
    }
    if (device.type == DeviceType::VirtioNet) EXPECT((device.mac[0] & 1) == 0);
  }
  return nullptr;
}

constexpr Test kTests[] = {
    {"every-cpu-is-online", every_cpu_is_online},
    {"the-clock-runs", the_clock_runs},
    {"the-timer-has-the-measured-rate", the_timer_has_the_measured_rate},
    {"addresses-have-names", addresses_have_names},
    {"devices-are-described", devices_are_described},
};

}  // namespace

Tests machine_tests() { return {kTests, sizeof kTests / sizeof kTests[0]}; }

}  // namespace kernel_test
