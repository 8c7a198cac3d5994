// SPDX-License-Identifier: MIT
// Time: the TSC, its rate, and the wall clock at boot.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Measures the TSC and the APIC timer against the PIT, reads the wall clock, fills the time page.
void clock_start();
void delay_microseconds(u64 microseconds);  // busy; boot only
u64 cycles_of_microseconds(u64 microseconds);
u64 boot_tsc();

}  // namespace arch
