// SPDX-License-Identifier: MIT
// The first serial port (16550), written by polling. No lock: the console's callers hold the kernel
// lock, and a panic takes it by right.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

void serial_start();
void serial_write(const char* text, u64 length);
void serial_flush();

}  // namespace arch
