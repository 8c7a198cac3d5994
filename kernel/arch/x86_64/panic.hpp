// SPDX-License-Identifier: MIT
// The end of the machine after a kernel bug.
#pragma once
#include "kernel/arch/x86_64/registers.hpp"

namespace arch {

[[noreturn]] void panic_exception(const Registers& regs, u64 address);
// On an NMI: stops this CPU for good if another one panics.
void stop_if_panicking();
// Leaves QEMU by its isa-debug-exit device with (value << 1) | 1, or halts for ever.
[[noreturn]] void machine_exit(u8 value);
inline constexpr u8 kExitClean = 0x10, kExitPanic = 0x11, kExitFailure = 0x12;

}  // namespace arch
