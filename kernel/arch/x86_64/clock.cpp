// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/clock.hpp"

#include "abi/ledger.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/processor.hpp"

extern "C" abi::TimePage time_page;

namespace arch {

namespace {

constexpr u64 kPitHz = 1193182;
constexpr u64 kSampleTicks = kPitHz / 100;  // 10 ms

struct Sample {
  u64 tsc, apic;
};

// One gated run of PIT channel 2 (Intel 8254): OUT2, bit 5 of port 0x61, rises at the end.
Sample sample() {
  out8(0x61, static_cast<u8>((in8(0x61) & ~3u) | 1));
  out8(0x43, 0xb0);  // channel 2, both bytes, mode 0
  out8(0x42, kSampleTicks & 0xff);
  apic_timer_free_run();
  out8(0x42, kSampleTicks >> 8);
  const u64 start = read_tsc();
  const u32 apic = apic_timer_elapsed();
  while ((in8(0x61) & 0x20) == 0) {
  }
  return {read_tsc() - start, apic_timer_elapsed() - apic};
}

// A virtual CPU that loses its host CPU in the middle measures too long, never too short.
Sample best_of(int runs) {
  Sample best{~0ul, 0};
  for (int i = 0; i < runs; i++) {
    const Sample s = sample();
    if (s.tsc < best.tsc) best = s;
  }
  return best;
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
  const Sample s = best_of(5);
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
