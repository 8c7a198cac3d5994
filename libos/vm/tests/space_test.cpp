// SPDX-License-Identifier: MIT
#include "vm/space.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

namespace {

using namespace abi;
using vm::Kind;

struct SpaceTest : testing::Test {
  FakeKernel kernel;
  vm::Space<FakeKernel> space{kernel};
  void SetUp() override { ASSERT_EQ(space.start(kernel.root()), vm::Status::Ok); }
};

TEST_F(SpaceTest, DemandZeroAppearsWhenTouched) {
  const u64 a = space.reserve(3, Kind::DemandZero).value();
  EXPECT_EQ(space.frame_of(a), kNone);
  EXPECT_EQ(kernel.load(space, a + 5), 0);
  EXPECT_TRUE(kernel.store(space, a + kPageSize, 9));
  EXPECT_EQ(kernel.load(space, a + kPageSize), 9);
  EXPECT_NE(space.frame_of(a), space.frame_of(a + kPageSize));
  EXPECT_EQ(space.frame_of(a + 2 * kPageSize), kNone);
}

TEST_F(SpaceTest, FaultsOutsideStand) {
  const u64 a = space.reserve(1, Kind::DemandZero).value();
  const u64 plain = space.reserve(1).value();
  EXPECT_FALSE(space.fault(a + kPageSize, 4));  // the guard page behind it
  EXPECT_FALSE(space.fault(plain, 4));
  EXPECT_FALSE(space.fault(0x1000, 4));
  EXPECT_FALSE(space.fault(vm::kWindow + (vm::kWindowPages << kPageShift), 4));
  EXPECT_FALSE(space.fault(a, 4 | 16));  // fetch
}

TEST_F(SpaceTest, ReadOnlyMappingIsNotMadeWritable) {
  const u64 a = space.reserve(1).value();
  ASSERT_EQ(space.map(a, {kernel.frame().value(), kNone, kRead}), vm::Status::Ok);
  EXPECT_FALSE(kernel.store(space, a, 1));
  EXPECT_EQ(space.map(a, {5}), vm::Status::Occupied);
}

TEST_F(SpaceTest, CopyOnWriteSeparatesOnWrite) {
  const u64 a = space.reserve(2, Kind::DemandZero).value();
  ASSERT_TRUE(kernel.store(space, a, 1));
  const u64 b = space.copy_on_write(a, 2).value();
  EXPECT_EQ(space.frame_of(a), space.frame_of(b));
  EXPECT_EQ(kernel.load(space, b), 1);
  EXPECT_TRUE(kernel.store(space, b, 2));
  EXPECT_EQ(kernel.load(space, a), 1);
  EXPECT_EQ(kernel.load(space, b), 2);
  const u32 kept = space.frame_of(a);
  EXPECT_TRUE(kernel.store(space, a, 3));  // the last one keeps the frame
  EXPECT_EQ(space.frame_of(a), kept);
  EXPECT_TRUE(kernel.store(space, a + kPageSize, 4));  // not there at the time of the copy
  EXPECT_EQ(kernel.load(space, b + kPageSize), 0);
}

TEST_F(SpaceTest, CopyOfACopy) {
  const u64 a = space.reserve(1, Kind::DemandZero).value();
  ASSERT_TRUE(kernel.store(space, a, 1));
  const u64 b = space.copy_on_write(a, 1).value();
  const u64 c = space.copy_on_write(b, 1).value();
  EXPECT_TRUE(kernel.store(space, a, 2));
  EXPECT_TRUE(kernel.store(space, c, 3));
  EXPECT_EQ(kernel.load(space, a), 2);
  EXPECT_EQ(kernel.load(space, b), 1);
  EXPECT_EQ(kernel.load(space, c), 3);
}

TEST_F(SpaceTest, ReleaseFreesEveryFrameOnce) {
  const size_t before = kernel.memory.size();
  const u64 a = space.reserve(4, Kind::DemandZero).value();
  ASSERT_EQ(space.populate(a, 4), vm::Status::Ok);
  const size_t with_records = kernel.memory.size() - 4;
  const u64 b = space.copy_on_write(a, 4).value();
  EXPECT_TRUE(kernel.store(space, b, 1));
  EXPECT_EQ(space.release(a), vm::Status::Ok);
  EXPECT_EQ(kernel.load(space, b + kPageSize), 0);
  EXPECT_EQ(space.release(b), vm::Status::Ok);
  EXPECT_EQ(kernel.memory.size(), with_records);
  EXPECT_LE(with_records - before, 1u);
  EXPECT_EQ(space.release(a), vm::Status::BadArgument);
  EXPECT_GE(kernel.flushes, 3u);
}

TEST_F(SpaceTest, ManyPagesAcrossBlocks) {
  const u64 a = space.reserve(2000).value();
  ASSERT_EQ(space.populate(a, 2000), vm::Status::Ok);
  std::set<u32> frames;
  for (u64 i = 0; i < 2000; i++) {
    EXPECT_TRUE(kernel.store(space, a + i * kPageSize, static_cast<u8>(i)));
    frames.insert(space.frame_of(a + i * kPageSize));
  }
  EXPECT_EQ(frames.size(), 2000u);
  EXPECT_EQ(kernel.load(space, a + 1999 * kPageSize), 1999 % 256);
}

TEST_F(SpaceTest, MapRunNamesFramesInOrder) {
  const u64 a = space.reserve(600).value();
  ASSERT_EQ(space.map_run(a, {5000, 3, kRead}, 600), vm::Status::Ok);
  EXPECT_EQ(kernel.walk(a + 599 * kPageSize)->target, 5599u);
  EXPECT_EQ(kernel.walk(a)->rights, kRead);
  EXPECT_EQ(space.unmap(a, 600), vm::Status::Ok);
  EXPECT_EQ(kernel.walk(a), nullptr);
}

TEST_F(SpaceTest, OutOfFramesIsAnErrorAndCanBeUndone) {
  kernel.limit = static_cast<u32>(kernel.memory.size() + kernel.level.size() + 6);
  const u64 a = space.reserve(100).value();
  EXPECT_EQ(space.populate(a, 100), vm::Status::Quota);
  EXPECT_EQ(space.release(a), vm::Status::Ok);
  const u64 b = space.reserve(10, Kind::DemandZero).value();
  EXPECT_EQ(kernel.load(space, b), 0);
}

}  // namespace
