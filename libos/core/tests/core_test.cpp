// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "core/resources.hpp"
#include "core/time.hpp"

namespace {

using namespace abi;
using core::Clock;
using core::SlotMap;

TEST(Clock, AccurateOverAMonth) {
  for (const u64 hz : {500000000ul, 999999937ul, 2299775200ul, 3000000000ul, 5700000001ul, 10000000000ul}) {
    const Clock clock(hz);
    for (const u64 seconds : {1ul, 60ul, 86400ul, 30 * 86400ul}) {
      const double exact = static_cast<double>(seconds) * 1e9;
      EXPECT_NEAR(static_cast<double>(clock.nanoseconds(seconds * hz)) / exact, 1, 1e-8) << hz;
      EXPECT_NEAR(
          static_cast<double>(clock.cycles(seconds * core::kSecond)) / static_cast<double>(seconds * hz), 1,
          1e-8)
          << hz;
    }
  }
}

TEST(Clock, Monotonic) {
  const Clock clock(2299775200);
  u64 last = 0;
  for (u64 cycles = 1ul << 50; cycles < (1ul << 50) + 10000; cycles++) {
    EXPECT_GE(clock.nanoseconds(cycles), last);
    last = clock.nanoseconds(cycles);
  }
}

TEST(MultiplyShift, KeepsTheUpperHalf) {
  EXPECT_EQ(core::multiply_shift(~0ul, 1ul << 32), ~0ul);
  EXPECT_EQ(core::multiply_shift(1ul << 63, 3ul << 31), 3ul << 62);
  EXPECT_EQ(core::multiply_shift(3, 1ul << 31), 1u);
}

TEST(SlotMap, HandsOutEachSlotOnce) {
  SlotMap map(16);
  for (u32 i = 16; i < kCapsPerEnv; i++) EXPECT_EQ(map.take().value(), i);
  EXPECT_EQ(map.take().status(), abi::Status::NoSpace);
  map.put(70);
  map.put(20);
  EXPECT_EQ(map.take().value(), 20u);
  EXPECT_EQ(map.take().value(), 70u);
  EXPECT_FALSE(map.take().ok());
}

}  // namespace
