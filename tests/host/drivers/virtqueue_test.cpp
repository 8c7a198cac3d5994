// SPDX-License-Identifier: MIT
#include "kernel/drivers/virtqueue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "device_ring.hpp"

namespace {

using namespace abi;
using drivers::Descriptor;
using drivers::Piece;
using drivers::Virtqueue;

class VirtqueueTest : public testing::Test {
 protected:
  void SetUp() override { queue_.init(memory_, kSize); }

  u16 add(u32 count, u64 base = 0x1000) {
    std::vector<Piece> pieces;
    for (u32 i = 0; i < count; i++) pieces.push_back({base + i * 0x100, 10 + i, i + 1 == count});
    u16 head = 0xffff;
    EXPECT_TRUE(queue_.add(pieces.data(), count, &head));
    return head;
  }

  static constexpr u16 kSize = 16;
  alignas(kPageSize) u8 memory_[Virtqueue::kPages * kPageSize] = {};
  Virtqueue queue_;
  DeviceRing device_{memory_, kSize};
};

TEST_F(VirtqueueTest, DeviceSeesChainAfterPublish) {
  const u16 head = add(3);
  EXPECT_TRUE(device_.take().empty());
  queue_.publish();
  ASSERT_EQ(device_.take(), std::vector<u16>{head});
  const auto pieces = device_.chain(head);
  ASSERT_EQ(pieces.size(), 3u);
  for (u32 i = 0; i < 3; i++) {
    EXPECT_EQ(pieces[i].physical, 0x1000 + i * 0x100);
    EXPECT_EQ(pieces[i].length, 10 + i);
    EXPECT_EQ(pieces[i].device_writes, i == 2);
  }
}

TEST_F(VirtqueueTest, RefusesWhatDoesNotFitAndChangesNothing) {
  add(10);
  std::vector<Piece> seven(7);
  u16 head = 0;
  EXPECT_FALSE(queue_.add(seven.data(), 7, &head));
  EXPECT_FALSE(queue_.add(seven.data(), 0, &head));
  EXPECT_EQ(queue_.free_descriptors(), 6);
  add(6);
  EXPECT_EQ(queue_.free_descriptors(), 0);
  EXPECT_FALSE(queue_.add(seven.data(), 1, &head));
  EXPECT_FALSE(queue_.add_table(0x1000, 7, &head));
  queue_.publish();
  EXPECT_EQ(device_.take().size(), 2u);
}

TEST_F(VirtqueueTest, IndirectTakesOneDescriptor) {
  Descriptor table[5];
  std::vector<Piece> pieces;
  for (u32 i = 0; i < 5; i++) pieces.push_back({0x5000 + i, i + 1, i >= 3});
  Virtqueue::fill_table(table, pieces.data(), 5);
  u16 head = 0;
  ASSERT_TRUE(queue_.add_table(0xabc0, 5, &head));
  EXPECT_EQ(queue_.free_descriptors(), kSize - 1);
  queue_.publish();
  ASSERT_EQ(device_.take(), std::vector<u16>{head});
  EXPECT_EQ(device_.flags(head), 4);
  EXPECT_EQ(device_.chain(head)[0].physical, 0xabc0u);
  EXPECT_EQ(device_.chain(head)[0].length, 80u);
  const auto seen = DeviceRing::chain(reinterpret_cast<const u8*>(table), 0);
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[4].physical, 0x5004u);
  EXPECT_TRUE(seen[3].device_writes);
  EXPECT_FALSE(seen[2].device_writes);
}

TEST_F(VirtqueueTest, WantsNoticeUnlessSuppressed) {
  EXPECT_TRUE(queue_.wants_notice());
  device_.set_no_notify(true);
  EXPECT_FALSE(queue_.wants_notice());
}

TEST_F(VirtqueueTest, BogusCompletionsAreCountedAndSkipped) {
  const u16 head = add(2);
  queue_.publish();
  device_.finish(999, 1);        // outside the ring
  device_.finish(kSize - 1, 1);  // not the device's
  device_.finish(head, 77);
  device_.finish(head, 78);  // twice
  u16 got = 0;
  u32 written = 0;
  ASSERT_TRUE(queue_.pop(&got, &written));
  EXPECT_EQ(got, head);
  EXPECT_EQ(written, 77u);
  EXPECT_FALSE(queue_.pop(&got, &written));
  EXPECT_EQ(queue_.violations(), 3u);
  EXPECT_EQ(queue_.free_descriptors(), kSize);
}

TEST_F(VirtqueueTest, WildUsedIndexEnds) {
  device_.set_used_index(0x8000);
  u16 head = 0;
  u32 written = 0;
  EXPECT_FALSE(queue_.pop(&head, &written));
  EXPECT_LE(queue_.violations(), kSize);
}

// Long random traffic, completions out of order, indices wrapping past 65535: every chain comes back
// once, and no descriptor is lost or in two chains.
TEST_F(VirtqueueTest, RandomTraffic) {
  std::mt19937 random(7);
  std::vector<u16> at_device;
  std::set<u16> outstanding;
  u32 finished = 0;
  while (finished < 70000) {
    const u32 count = 1 + random() % 4;
    if (random() % 2 == 0 && count <= queue_.free_descriptors()) {
      const u16 head = add(count, random());
      ASSERT_TRUE(outstanding.insert(head).second);
      if (random() % 3 != 0) queue_.publish();
      for (u16 h : device_.take()) at_device.push_back(h);
    } else if (!at_device.empty()) {
      std::swap(at_device.back(), at_device[random() % at_device.size()]);
      device_.finish(at_device.back(), at_device.back());
      at_device.pop_back();
      u16 head = 0;
      u32 written = 0;
      ASSERT_TRUE(queue_.pop(&head, &written));
      ASSERT_EQ(head, written);
      ASSERT_EQ(outstanding.erase(head), 1u);
      finished++;
    } else {
      queue_.publish();
      for (u16 h : device_.take()) at_device.push_back(h);
    }
    if (outstanding.empty()) {
      ASSERT_EQ(queue_.free_descriptors(), kSize);
    }
  }
  EXPECT_EQ(queue_.violations(), 0u);
}

}  // namespace
