// SPDX-License-Identifier: MIT
#include "apps/root/slice_plan.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace abi;
using root::SlicePlan;

TEST(SlicePlan, TogetherIsOneRun) {
  SlicePlan plan;
  plan.add({1, 4, false});
  plan.add({2, 8, false});
  plan.place();
  u32 changes = 0;
  for (u32 i = 1; i < kSlicePositions; i++) changes += plan.positions()[i] != plan.positions()[i - 1];
  EXPECT_EQ(changes, 2u);
  EXPECT_EQ(plan.share(1), 4u);
  EXPECT_EQ(plan.share(2), 8u);
  EXPECT_EQ(plan.share(kNoEnv), 52u);
}

TEST(SlicePlan, SpreadIsEven) {
  SlicePlan plan;
  plan.add({1, 16, true});
  plan.add({2, 16, true});
  plan.place();
  for (const u16 env : {1, 2}) {
    u32 gap = 0, worst = 0;
    for (u32 i = 0; i < 2 * kSlicePositions; i++) {
      gap = plan.positions()[i % kSlicePositions] == env ? 0 : gap + 1;
      worst = std::max(worst, gap);
    }
    EXPECT_LE(worst, 4u);
  }
}

TEST(SlicePlan, TooMuchIsCutInProportion) {
  SlicePlan plan;
  plan.add({1, 64, true});
  plan.add({2, 64, false});
  plan.add({3, 1, true});
  plan.place();
  EXPECT_NEAR(plan.share(1), 31, 1);
  EXPECT_NEAR(plan.share(2), 31, 1);
  EXPECT_EQ(plan.share(3), 1u);
}

TEST(SlicePlan, NobodyGoesEmptyAndNothingIsLost) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; round++) {
    SlicePlan plan;
    u32 wanted = 0;
    const u32 claims = 1 + random() % root::kMaxClaims;
    for (u32 i = 0; i < claims; i++) {
      const u32 count = 1 + random() % 20;
      ASSERT_TRUE(plan.add({static_cast<u16>(i), count, random() % 2 == 0}));
      wanted += count;
    }
    plan.place();
    for (u32 i = 0; i < claims; i++) EXPECT_GE(plan.share(static_cast<u16>(i)), 1u);
    const u32 left = wanted <= kSlicePositions ? kSlicePositions - wanted : 0;
    EXPECT_GE(plan.share(kNoEnv), left);
    EXPECT_LE(plan.share(kNoEnv), left + claims);  // rounded down
  }
}

TEST(SlicePlan, RefusesNothingAndTooMany) {
  SlicePlan plan;
  EXPECT_FALSE(plan.add({1, 0, true}));
  for (u32 i = 0; i < root::kMaxClaims; i++) EXPECT_TRUE(plan.add({1, 1, true}));
  EXPECT_FALSE(plan.add({1, 1, true}));
}

}  // namespace
