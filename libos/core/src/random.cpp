// SPDX-License-Identifier: MIT
#include "core/random.hpp"

#include "core/time.hpp"

namespace core {

namespace {

bool has_rdrand() {
  u32 a = 1, b, c = 0, d;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (c >> 30 & 1) != 0;
}

bool rdrand(u64& out) {
  constexpr int kTries = 10;  // as the manual says: more failures mean a broken unit
  for (int i = 0; i < kTries; i++) {
    bool ok;
    asm volatile("rdrand %0" : "=r"(out), "=@ccc"(ok));
    if (ok) return true;
  }
  return false;
}

// SplitMix64 (Steele, Lea and Flood 2014).
u64 mix(u64 x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace

u64 random64() {
  u64 value;
  if (has_rdrand() && rdrand(value)) return value;
  static constinit u64 state = 0;
  state = mix(state ^ tsc());
  return state;
}

}  // namespace core
