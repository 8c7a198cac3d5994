// SPDX-License-Identifier: MIT
// The console: one line buffer per environment, so that lines of different ones never mix, each sent
// with the environment's name in front. Kernel lock held.
#pragma once
#include "abi/types.hpp"

namespace kernel {
using namespace abi;

// Appends; sends at each newline and when the buffer is full.
void console_append(u16 env, const char* text, u32 length);
// Sends what an environment that ended left without a newline.
void console_finish(u16 env);

}  // namespace kernel
