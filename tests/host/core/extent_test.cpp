// SPDX-License-Identifier: MIT
// The one compare that stands between an environment and others' blocks.
#include "fixture.hpp"

namespace test {

class Extent : public Core {
 protected:
  void SetUp() override {
    Core::SetUp();
    ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead | kWrite, 100, 50), Status::Ok);
    ASSERT_EQ(cap_derive(0, kSlotDisk, 81, kRead, 100, 50), Status::Ok);
    ASSERT_EQ(cap_derive(0, kSlotDisk, 82, kWrite, 100, 50), Status::Ok);
    ASSERT_EQ(cap_derive(0, kSlotDisk, 83, kGrant, 100, 50), Status::Ok);
  }
  Status check(u32 slot, DiskOp op, u64 block, u64 blocks, u16 device = kDisk) {
    return extent_check(0, slot, op, block, blocks, device).status();
  }
};

TEST_F(Extent, Range) {
  EXPECT_EQ(check(80, DiskOp::Read, 100, 50), Status::Ok);
  EXPECT_EQ(check(80, DiskOp::Write, 149, 1), Status::Ok);
  EXPECT_EQ(check(80, DiskOp::Read, 99, 1), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, 99, 51), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, 100, 51), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, 150, 1), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, 0, 1), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, ~0ul, 1), Status::OutOfRange);
  EXPECT_EQ(check(80, DiskOp::Read, ~0ul - 10, 200), Status::OutOfRange);  // the sum wraps to 189
  EXPECT_EQ(check(80, DiskOp::Read, 120, ~0ul - 10), Status::OutOfRange);
}

TEST_F(Extent, RightsAndTypes) {
  EXPECT_EQ(check(81, DiskOp::Read, 100, 1), Status::Ok);
  EXPECT_EQ(check(81, DiskOp::Write, 100, 1), Status::Denied);
  EXPECT_EQ(check(81, DiskOp::Flush, 0, 0), Status::Denied);
  EXPECT_EQ(check(82, DiskOp::Read, 100, 1), Status::Denied);
  EXPECT_EQ(check(82, DiskOp::Flush, 0, 0), Status::Ok);
  EXPECT_EQ(check(83, DiskOp::Read, 100, 1), Status::Denied);
  EXPECT_EQ(check(80, DiskOp::Read, 100, 1, kCard), Status::Denied);  // a queue of another device
  EXPECT_EQ(check(80, static_cast<DiskOp>(3), 100, 1), Status::BadArgument);
  EXPECT_EQ(check(90, DiskOp::Read, 100, 1), Status::BadCap);
  EXPECT_EQ(check(kSlotShared, DiskOp::Read, kSharedFrame, 1), Status::BadCap);
}

TEST_F(Extent, Device) {
  EXPECT_EQ(extent_device(0, 81).value(), kDisk);
  EXPECT_EQ(extent_device(0, 82).value(), kDisk);
  EXPECT_EQ(extent_device(0, 83).status(), Status::Denied);
  EXPECT_EQ(extent_device(0, kSlotSelf).status(), Status::BadCap);
}

}  // namespace test
