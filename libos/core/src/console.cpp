// SPDX-License-Identifier: MIT
#include "core/console.hpp"

#include "core/start.hpp"
#include "core/syscall.hpp"

namespace core {

void write(const char* text, u64 length) {
  constexpr u64 kMost = 256;  // per console_write
  if (start_info == nullptr || start_info->console == kNone) return;
  while (length > 0) {
    const u64 n = length < kMost ? length : kMost;
    if (sys::console_write(start_info->console, text, static_cast<u32>(n)).status != Status::Ok) return;
    text += n;
    length -= n;
  }
}

void print(const char* line) { Line().text().put(line); }

}  // namespace core
