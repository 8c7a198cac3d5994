// SPDX-License-Identifier: MIT
// Slices: positions within the capability, on its CPU.
#include "fixture.hpp"

namespace test {

class Slice : public Core {};

TEST_F(Slice, AssignsWithinTheRange) {
  ASSERT_EQ(cap_derive(0, kSlotSlices, 80, kInvoke, 10, 20), Status::Ok);
  ASSERT_EQ(cap_derive(0, kSlotSlices, 81, kGrant, 10, 20), Status::Ok);
  const u16 env = make_env(70);
  EXPECT_EQ(slice_assign(0, 80, env, 10, 20), Status::Ok);
  for (u32 i = 0; i < kSlicePositions; i++) {
    EXPECT_EQ(cpus[1].slices[i], i >= 10 && i < 30 ? env : kNoEnv) << i;
    EXPECT_EQ(cpus[0].slices[i], kNoEnv);
  }
  EXPECT_EQ(slice_assign(0, 80, kNoEnv, 12, 1), Status::Ok);
  EXPECT_EQ(cpus[1].slices[12], kNoEnv);
  EXPECT_EQ(slice_assign(0, 80, env, 9, 1), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, 80, env, 29, 2), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, 80, env, 30, 1), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, 80, env, 0xffffffff, 2), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, 80, env, 10, 0xffffffff), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, 80, env, 10, 0), Status::BadArgument);
  EXPECT_EQ(slice_assign(0, 81, env, 10, 1), Status::Denied);
  EXPECT_EQ(slice_assign(0, 82, env, 10, 1), Status::BadCap);
  EXPECT_EQ(slice_assign(0, kSlotDisk, env, 10, 1), Status::BadCap);
  slice_forget(env);
  for (u16 position : cpus[1].slices) EXPECT_EQ(position, kNoEnv);
}

}  // namespace test
