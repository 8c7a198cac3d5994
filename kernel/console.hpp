// SPDX-License-Identifier: MIT
// The console: one buffer per environment and one for the kernel, sent a line at a time and in turn,
// so that lines never mix and nobody who floods the console keeps others from it. The serial port is
// slow, so nobody waits for it with the kernel lock held: console_pump moves a few bytes at every
// timer interrupt and while a CPU is idle. Kernel lock held.
#pragma once
#include "abi/status.hpp"
#include "abi/types.hpp"

namespace kernel {
using namespace abi;

inline constexpr u16 kConsoleKernel = kMaxEnvs;  // the kernel's own buffer

// Appends all of `text` or, when it does not fit (NoSpace), nothing.
Status console_append(u16 env, const char* text, u32 length);
// Ends the line that an environment that ended left open.
void console_finish(u16 env);
// Sends at most `budget` bytes, as far as the port takes them. True if there is more.
bool console_pump(u32 budget);
// Sends everything, waiting for the port: boot, power-off and panic.
void console_drain();

}  // namespace kernel
