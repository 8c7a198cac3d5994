// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "core/resources.hpp"
#include "core/slices.hpp"
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

TEST(Slices, Runs) {
  EXPECT_EQ(core::run_in(~0ul, 64), ~0ul);
  EXPECT_EQ(core::run_in(~0ul, 1), 1u);
  EXPECT_EQ(core::run_in(0xff0f, 8), 0xff00u);
  EXPECT_EQ(core::run_in(0xff0f, 4), 0xfu);
  EXPECT_EQ(core::run_in(1ul << 63, 1), 1ul << 63);
  EXPECT_EQ(core::run_in(0xff0f, 9), 0u);
  EXPECT_EQ(core::run_in(~0ul, 0), 0u);
  EXPECT_EQ(core::run_in(~0ul, 65), 0u);
}

TEST(Slices, SpreadAsFarAsOpenPositionsAllow) {
  EXPECT_EQ(core::spread_in(~0ul, 4), 0x0001000100010001ul);
  EXPECT_EQ(core::spread_in(~1ul, 4), 0x0001000100010002ul);
  EXPECT_EQ(core::spread_in(~0ul, 64), ~0ul);
  EXPECT_EQ(core::spread_in(3, 2), 3u);
  EXPECT_EQ(core::spread_in(3, 3), 0u);
  EXPECT_EQ(core::spread_in(0, 1), 0u);
  EXPECT_EQ(core::spread_in(~0ul, 65), 0u);
  EXPECT_EQ(core::spread_in(0, 0), 0u);
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
