// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/apic.hpp"

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

namespace {

constexpr u32 kId = 0x20, kTaskPriority = 0x80, kEoi = 0xb0, kSpurious = 0xf0, kCommandLow = 0x300,
              kCommandHigh = 0x310, kTimer = 0x320, kLint0 = 0x350, kInitialCount = 0x380,
              kCurrentCount = 0x390, kDivide = 0x3e0;
constexpr u32 kMasked = 1 << 16, kNmi = 4 << 8, kInit = 5 << 8, kStartUp = 6 << 8, kAssert = 1 << 14,
              kAllButSelf = 3 << 18, kPending = 1 << 12;

constinit volatile u8* registers = nullptr;
constinit u64 ticks_per_cycle_32 = 0;  // timer ticks per TSC cycle, 32.32 fixed point

u32 read(u32 offset) { return *reinterpret_cast<volatile u32*>(registers + offset); }
void write(u32 offset, u32 value) { *reinterpret_cast<volatile u32*>(registers + offset) = value; }

void command(u32 destination, u32 low) {
  for (u32 i = 0; i < 1000000 && (read(kCommandLow) & kPending) != 0; i++) pause();
  write(kCommandHigh, destination << 24);
  write(kCommandLow, low);
}

}  // namespace

void apic_map() {
  constexpr u32 kApicBase = 0x1b;
  registers = map_device(read_msr(kApicBase) & 0xffffff000ul, kPageSize);
}

bool apic_ready() { return registers != nullptr; }

void apic_start() {
  constexpr u32 kApicBase = 0x1b;
  write_msr(kApicBase, read_msr(kApicBase) | 1u << 11);
  write(kTaskPriority, 0);
  write(kLint0, kMasked);
  write(kDivide, 0xb);  // by 1
  write(kTimer, kVectorTimer);
  write(kInitialCount, 0);
  write(kSpurious, 0x100 | kVectorSpurious);
}

u32 apic_id() { return read(kId) >> 24; }
void apic_end_of_interrupt() { write(kEoi, 0); }

void apic_timer(u64 tsc_cycles) {
  constexpr u64 kMost = 1ul << 33;  // keeps the product below 2^64 for any sane rate
  if (tsc_cycles > kMost) tsc_cycles = kMost;
  u64 ticks = static_cast<u64>(static_cast<unsigned __int128>(tsc_cycles) * ticks_per_cycle_32 >> 32);
  if (ticks < 64) ticks = 64;
  write(kInitialCount, ticks > 0xffffffff ? 0xffffffff : static_cast<u32>(ticks));
}

void apic_send(u32 cpu, u8 vector) { command(cpus[cpu].apic_id, kAssert | vector); }
void apic_stop_others() { command(0, kAllButSelf | kAssert | kNmi); }

void apic_start_cpu(u32 apic, u8 page) {
  command(apic, kInit | kAssert);
  delay_microseconds(10000);
  for (int i = 0; i < 2; i++) {
    command(apic, kStartUp | kAssert | page);
    delay_microseconds(200);
  }
}

void apic_timer_free_run() {
  write(kTimer, kMasked | kVectorTimer);
  write(kInitialCount, 0xffffffff);
}
u32 apic_timer_elapsed() { return 0xffffffff - read(kCurrentCount); }
u32 apic_timer_left() { return read(kCurrentCount); }
void apic_timer_rate(u64 rate) {
  ticks_per_cycle_32 = rate;
  write(kInitialCount, 0);
  write(kTimer, kVectorTimer);
}

MsiMessage msi_message(u8 vector, u32 cpu) {
  return {0xfee00000ul | static_cast<u64>(cpus[cpu].apic_id) << 12, vector};
}

}  // namespace arch
