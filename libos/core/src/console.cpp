// SPDX-License-Identifier: MIT
#include "core/console.hpp"

#include "core/start.hpp"
#include "core/syscall.hpp"

namespace core {

void write(const char* text, u64 length) {
  constexpr u64 kMost = 256;         // per console_write
  constexpr u64 kPause = 2'000'000;  // cycles: about a millisecond, in which the console sends some
  u32 patience = 1000;
  if (start_info == nullptr || start_info->console == kNone) return;
  while (length > 0) {
    const u64 n = length < kMost ? length : kMost;
    const Status status = sys::console_write(start_info->console, text, static_cast<u32>(n)).status;
    if (status == Status::NoSpace && patience-- > 0) {
      sleep(nullptr, 0, __builtin_ia32_rdtsc() + kPause);
      continue;
    }
    if (status != Status::Ok) return;
    text += n;
    length -= n;
  }
}

void print(const char* line) { Line().text().put(line); }

}  // namespace core
