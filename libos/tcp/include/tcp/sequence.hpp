// SPDX-License-Identifier: MIT
// Sequence numbers: 32-bit numbers on a circle (RFC 9293, 3.4). `before` is meaningful for numbers
// less than 2^31 apart, which windows of at most 2^30 bytes (RFC 7323, 2.3) guarantee.
#pragma once
#include "abi/types.hpp"

namespace tcp {

using namespace abi;

constexpr bool before(u32 a, u32 b) { return static_cast<i32>(a - b) < 0; }
constexpr bool after(u32 a, u32 b) { return before(b, a); }
// Whether first <= n <= last on the circle.
constexpr bool between(u32 first, u32 n, u32 last) { return n - first <= last - first; }
constexpr u32 later(u32 a, u32 b) { return before(a, b) ? b : a; }
constexpr u32 earlier(u32 a, u32 b) { return before(a, b) ? a : b; }

// Sequence numbers [begin, end).
struct Range {
  u32 begin, end;
  constexpr u32 length() const { return end - begin; }
  friend constexpr bool operator==(Range, Range) = default;
};

}  // namespace tcp
