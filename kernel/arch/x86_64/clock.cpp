// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/clock.hpp"

#include "abi/ledger.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/log.hpp"

extern "C" abi::TimePage time_page;

namespace arch {

namespace {

constexpr u32 kPitHz = 1193182;
constexpr u32 kSampleTicks = kPitHz / 100;  // 10 ms

struct Sample {
  u64 tsc, apic;  // APIC timer ticks while the TSC counted
};

// Channel 0 counts down from 65535; latched, low byte first (Intel 8254). Unlike channel 2 it needs
// no port 0x61, which small machines lack.
u32 pit_count() {
  out8(0x43, 0);
  const u32 low = in8(0x40);
  return low | static_cast<u32>(in8(0x40)) << 8;
}

// 10 ms by the PIT. tsc = 0: there is none.
Sample sample() {
  constexpr u32 kPatience = 1000000;
  out8(0x43, 0x30);  // channel 0, both bytes, mode 0
  out8(0x40, 0xff);
  out8(0x40, 0xff);
  apic_timer_free_run();
  const u32 from = pit_count();
  const u64 start = read_tsc();
  const u32 apic = apic_timer_elapsed();
  u32 ticks = 0;
  for (u32 i = 0; i < kPatience && ticks < kSampleTicks; i++) ticks = (from - pit_count()) & 0xffff;
  if (ticks < kSampleTicks) return {0, 0};
  // The last poll came a little late: scale back to 10 ms.
  return {(read_tsc() - start) * kSampleTicks / ticks,
          (apic_timer_elapsed() - apic) * static_cast<u64>(kSampleTicks) / ticks};
}

// A virtual CPU that loses its host CPU in the middle measures too long, never too short.
Sample best_of(int runs) {
  Sample best = sample();
  for (int i = 1; i < runs; i++) {
    const Sample s = sample();
    if (s.tsc != 0 && s.tsc < best.tsc) best = s;
  }
  return best;
}

// Where there is no PIT: what the processor or the hypervisor says of the TSC (Intel SDM Vol. 3B,
// 18.7.3; leaf 0x40000010 as KVM and VMware have it, in kHz). 0 if nobody says.
u64 tsc_hz_from_cpuid() {
  if (features.hypervisor && cpuid(0x40000000).eax >= 0x40000010) return cpuid(0x40000010).eax * 1000ul;
  if (cpuid(0).eax < 0x15) return 0;
  const CpuId crystal = cpuid(0x15);
  return crystal.eax == 0 ? 0 : static_cast<u64>(crystal.ecx) * crystal.ebx / crystal.eax;
}

Sample sample_from_cpuid() {
  const u64 hz = tsc_hz_from_cpuid();
  if (hz == 0) kernel::panic("no PIT, and the processor does not tell the rate of its TSC");
  apic_timer_free_run();
  const u64 start = read_tsc();
  while (read_tsc() - start < hz / 100) pause();
  return {hz / 100, apic_timer_elapsed()};
}

u32 cmos(u8 index) {
  out8(0x70, static_cast<u8>(0x80 | index));
  return in8(0x71);
}

u64 days_from_civil(u64 year, u64 month, u64 day) {
  if (month <= 2) year--;
  const u64 era_year = year % 400;
  const u64 day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return year / 400 * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + day_of_year - 719468;
}

// Seconds since 1970 from the CMOS clock (Motorola MC146818A), 0 when there is none.
u64 wall_clock() {
  for (u32 i = 0; i < 1000000 && (cmos(0xa) & 0x80) != 0; i++) pause();
  const bool binary = (cmos(0xb) & 4) != 0;
  auto value = [&](u8 index) -> u64 {
    const u32 v = cmos(index);
    return binary ? v : (v >> 4) * 10 + (v & 15);
  };
  const u64 month = value(8), day = value(7), year = 2000 + value(9);
  if (month < 1 || month > 12 || day < 1 || day > 31 || year > 2099) return 0;
  return days_from_civil(year, month, day) * 86400 + value(4) * 3600 + value(2) * 60 + value(0);
}

}  // namespace

void clock_start() {
  Sample s = best_of(5);
  if (s.tsc == 0) s = sample_from_cpuid();
  time_page.magic = kTimeMagic;
  time_page.tsc_hz = s.tsc * 100;
  time_page.boot_tsc = read_tsc();
  time_page.boot_unix_s = wall_clock();
  apic_timer_rate((s.apic << 32) / s.tsc);
}

u64 cycles_of_microseconds(u64 microseconds) { return time_page.tsc_hz / 1000 * microseconds / 1000; }
u64 boot_tsc() { return time_page.boot_tsc; }

void delay_microseconds(u64 microseconds) {
  const u64 end = read_tsc() + cycles_of_microseconds(microseconds);
  while (read_tsc() < end) pause();
}

}  // namespace arch
