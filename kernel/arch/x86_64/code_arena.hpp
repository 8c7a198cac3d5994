// SPDX-License-Identifier: MIT
// Memory for machine code that the kernel makes: pages of the image that no mapping ever makes writable
// and executable at once. They are executable and read-only; while code is being written to a page, the
// page is not executable and a window elsewhere maps it writable. Lock: the kernel lock.
#pragma once
#include "kernel/arch/x86_64/cpu.hpp"

namespace arch {
using namespace abi;

inline constexpr u32 kCodeArenaBytes = 128u << 10;

// Writes code that nobody runs now. `offset + length` is at most kCodeArenaBytes.
void code_write(u32 offset, const u8* bytes, u32 length);

// Grows with every change of the arena; what each CPU has seen of it.
extern u64 code_generation;
extern u64 code_seen[kMaxCpus];
extern "C" u8 jit_start[];
void code_catch_up();  // this CPU forgets what it may still know of the pages from before

// Where to call what was written at `offset`, on this CPU.
inline u64 code_address(u32 offset) {
  if (code_seen[this_cpu().number] != code_generation) code_catch_up();
  return reinterpret_cast<u64>(jit_start) + offset;
}

}  // namespace arch
