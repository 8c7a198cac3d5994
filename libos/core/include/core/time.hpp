// SPDX-License-Identifier: MIT
// Time from the processor's time-stamp counter and the start page: no system call. Nanoseconds
// count from the kernel's start.
#pragma once
#include "abi/types.hpp"

namespace core {
using namespace abi;

inline constexpr u64 kSecond = 1000000000;
inline constexpr u64 kMillisecond = 1000000;

inline u64 tsc() {
  u64 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return high << 32 | low;
}

// a * b >> 32, without loss in between.
constexpr u64 multiply_shift(u64 a, u64 b) {
  __extension__ using u128 = unsigned __int128;
  return static_cast<u64>(static_cast<u128>(a) * b >> 32);
}

// Turns TSC cycles into nanoseconds and back by a multiplication each; relative error below 1e-8 from
// 500 MHz to 10 GHz.
class Clock {
 public:
  constexpr Clock() = default;
  // hz: 1 MHz .. 100 GHz.
  constexpr explicit Clock(u64 hz)
      : to_ns_((kSecond << 32) / hz), to_cycles_((hz / kSecond << 32) + (hz % kSecond << 32) / kSecond) {}
  constexpr u64 nanoseconds(u64 cycles) const { return multiply_shift(cycles, to_ns_); }
  constexpr u64 cycles(u64 nanoseconds) const { return multiply_shift(nanoseconds, to_cycles_); }

 private:
  u64 to_ns_ = 0;      // nanoseconds per cycle, 32 bits after the point
  u64 to_cycles_ = 0;  // cycles per nanosecond, 32 bits after the point
};

// Reads the start page: call once before the others. False (time stands still) without kTime.
bool start_clock();
const Clock& clock();
u64 now();             // nanoseconds since the kernel's start
u64 tsc_at(u64 time);  // TSC value at that time, for sleep; kForever for kForever
u64 unix_time();       // seconds since 1970 UTC; 0 if the machine has no clock

}  // namespace core
