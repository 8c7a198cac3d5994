// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/serial.hpp"

#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/processor.hpp"

namespace arch {

namespace {

constexpr u16 kPort = 0x3f8;
constexpr u32 kPatience = 200000;  // polls before a port that is not there is given up

constexpr u8 kHoldingEmpty = 0x20, kAllSent = 0x40;
constexpr u32 kFifo = 16;

}  // namespace

void serial_start() {
  out8(kPort + 1, 0);     // no interrupts
  out8(kPort + 3, 0x80);  // divisor latch
  out8(kPort + 0, 1);     // 115200 baud
  out8(kPort + 1, 0);
  out8(kPort + 3, 3);  // 8 bits, no parity, one stop bit
  out8(kPort + 2, 7);  // FIFO on, emptied
  out8(kPort + 4, 3);
}

u32 serial_try_write(const char* text, u32 length) {
  if ((in8(kPort + 5) & kHoldingEmpty) == 0) return 0;
  const u32 count = length < kFifo ? length : kFifo;
  for (u32 i = 0; i < count; i++) out8(kPort, static_cast<u8>(text[i]));
  return count;
}

void serial_flush() {
  for (u32 i = 0; i < kPatience && (in8(kPort + 5) & kAllSent) == 0; i++) pause();
}

}  // namespace arch
