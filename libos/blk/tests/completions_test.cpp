// SPDX-License-Identifier: MIT
#include "blk/completions.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

namespace {

using namespace abi;
using blk::Completions;
using blk::Tickets;

// A device that writes completions as NVMe does.
struct Device {
  DiskCompletion ring[kDiskDepth] = {};
  u32 tail = 0;
  u16 phase = 1;
  void complete(u16 id, u16 error = 0) {
    ring[tail].id = id;
    ring[tail].status = static_cast<u16>(error << 1 | phase);
    tail = (tail + 1) % kDiskDepth;
    if (tail == 0) phase ^= 1;
  }
};

TEST(Completions, NothingAtFirst) {
  Device device;
  Completions reader(device.ring);
  u16 id;
  bool ok;
  EXPECT_FALSE(reader.next(id, ok));
}

TEST(Completions, InOrderOverManyRounds) {
  Device device;
  Completions reader(device.ring);
  std::deque<std::pair<u16, bool>> expected;
  std::mt19937 random(5);
  u16 id;
  bool ok;
  for (int i = 0; i < 100000; i++) {
    if (expected.size() < kDiskDepth - 1 && random() % 2 == 0) {
      const u16 n = random() % kDiskDepth;
      const u16 error = random() % 4 == 0 ? 0x80 : 0;
      device.complete(n, error);
      expected.push_back({n, error == 0});
    } else if (!expected.empty()) {
      ASSERT_TRUE(reader.next(id, ok));
      EXPECT_EQ(id, expected.front().first);
      EXPECT_EQ(ok, expected.front().second);
      expected.pop_front();
    } else {
      ASSERT_FALSE(reader.next(id, ok));
    }
  }
}

TEST(Tickets, DistinctUntilAllAreOut) {
  Tickets tickets;
  std::set<u32> ids;
  u32 id = 0;
  for (u32 i = 0; i < kDiskDepth - 1; i++) {
    ASSERT_TRUE(tickets.take(1000 + i, id));
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_LT(id, kDiskDepth);
  }
  EXPECT_FALSE(tickets.take(0, id));
  EXPECT_TRUE(tickets.valid(5));
  EXPECT_EQ(tickets.put(5), 1005u);
  EXPECT_FALSE(tickets.valid(5));
  EXPECT_FALSE(tickets.valid(kDiskDepth));
  ASSERT_TRUE(tickets.take(7, id));
  EXPECT_EQ(id, 5u);
}

}  // namespace
