// SPDX-License-Identifier: MIT
// The local APIC of each CPU (Intel SDM Vol. 3A, 11): its timer, messages to other CPUs, end of
// interrupt. xAPIC mode, through its registers at 0xfee00000.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

inline constexpr u8 kVectorTimer = 0xf0;
inline constexpr u8 kVectorReschedule = 0xf1;
inline constexpr u8 kVectorFlush = 0xf2;
inline constexpr u8 kVectorSpurious = 0xff;

void apic_map();    // boot CPU, once
bool apic_ready();  // apic_map has run
void apic_start();  // each CPU
u32 apic_id();
void apic_end_of_interrupt();
// One interrupt after `tsc_cycles` (at least a microsecond); replaces the one before.
void apic_timer(u64 tsc_cycles);
void apic_send(u32 cpu, u8 vector);
void apic_stop_others();                 // NMI to everybody else: a panic is under way
void apic_start_cpu(u32 apic, u8 page);  // INIT, SIPI, SIPI at page * 4096

// Runs the timer free and reads its count, to measure its rate.
void apic_timer_free_run();
u32 apic_timer_elapsed();
u32 apic_timer_left();  // ticks until the one interrupt; 0: it came
void apic_timer_rate(u64 tsc_cycles_per_tick_fixed32);

}  // namespace arch
