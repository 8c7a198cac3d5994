// SPDX-License-Identifier: MIT
// The fuzzer's dice: splitmix64 (Steele, Lea and Flood 2014), so that a seed says everything.
#pragma once
#include "abi/types.hpp"

namespace fuzzer {
using namespace abi;

class Random {
 public:
  constexpr explicit Random(u64 seed) : state_(seed) {}
  constexpr u64 next() {
    u64 z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  constexpr u32 below(u32 n) { return static_cast<u32>((next() >> 32) * n >> 32); }  // n > 0
  constexpr bool one_in(u32 n) { return below(n) == 0; }
  template <class T, u32 N>
  constexpr T pick(const T (&from)[N]) {
    return from[below(N)];
  }

 private:
  u64 state_;
};

}  // namespace fuzzer
