// SPDX-License-Identifier: MIT
// The first serial port (16550), written by polling, by kernel/console alone.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

void serial_start();
// Hands over what the port takes without waiting (its FIFO has 16 places); returns how much.
u32 serial_try_write(const char* text, u32 length);
void serial_flush();  // until the last byte has left

}  // namespace arch
