// SPDX-License-Identifier: MIT
// Taking the CPU from an environment: first by the slice-end upcall, in which it saves its own
// registers and yields; when it has no such entry or lets the grace time pass, by force.
#pragma once
#include "kernel/arch/x86_64/registers.hpp"

namespace arch {

// Ends the slice of what runs here. On return `regs` is what runs next: its slice-end entry, or
// another environment.
void end_slice(Registers& regs, u64 now);

}  // namespace arch
