// SPDX-License-Identifier: MIT
// Sequence numbers: 32-bit numbers on a circle (RFC 9293, 3.4). `before` is meaningful for numbers
// less than 2^31 apart, which windows of at most 64 KiB guarantee.
#pragma once
#include "abi/types.hpp"

namespace tcp {

using namespace abi;

constexpr bool before(u32 a, u32 b) { return static_cast<i32>(a - b) < 0; }
constexpr bool after(u32 a, u32 b) { return before(b, a); }
// Whether first <= n <= last on the circle.
constexpr bool between(u32 first, u32 n, u32 last) { return n - first <= last - first; }
constexpr u32 later(u32 a, u32 b) { return before(a, b) ? b : a; }

}  // namespace tcp
