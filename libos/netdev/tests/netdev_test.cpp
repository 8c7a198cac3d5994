// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "netdev/buffers.hpp"
#include "netdev/gather.hpp"

namespace {

using namespace abi;
using netdev::add_piece;

u32 page_number(const u8* p) { return static_cast<u32>(reinterpret_cast<u64>(p) >> kPageShift); }
const u8* at(u64 address) { return reinterpret_cast<const u8*>(address); }

TEST(Gather, OnePieceInsideAPage) {
  SendPacket packet{};
  ASSERT_TRUE(add_piece(packet, at(0x5010), 54, page_number));
  ASSERT_EQ(packet.segment_count, 1u);
  EXPECT_EQ(packet.segments[0].frame, 5u);
  EXPECT_EQ(packet.segments[0].offset, 0x10);
  EXPECT_EQ(packet.segments[0].length, 54);
}

TEST(Gather, SplitsAtPageBoundaries) {
  SendPacket packet{};
  ASSERT_TRUE(add_piece(packet, at(0x5fff), 4098, page_number));
  ASSERT_EQ(packet.segment_count, 3u);
  EXPECT_EQ(packet.segments[0].length, 1);
  EXPECT_EQ(packet.segments[1].length, 4096);
  EXPECT_EQ(packet.segments[1].offset, 0);
  EXPECT_EQ(packet.segments[2].length, 1);
  EXPECT_EQ(packet.segments[2].frame, 7u);
}

TEST(Gather, EndsExactlyAtAPage) {
  SendPacket packet{};
  ASSERT_TRUE(add_piece(packet, at(0x5800), 0x800, page_number));
  EXPECT_EQ(packet.segment_count, 1u);
}

TEST(Gather, RefusesWhatHasNoFrameOrTooManyPieces) {
  SendPacket packet{};
  EXPECT_FALSE(add_piece(packet, at(0x5000), 1, [](const u8*) { return kNone; }));
  packet.segment_count = kMaxSegments;
  EXPECT_FALSE(add_piece(packet, at(0x5000), 1, page_number));
}

TEST(Buffers, AllDistinctWithinOnePageAndReusable) {
  auto* memory = static_cast<u8*>(std::aligned_alloc(kPageSize, 5 * kPageSize));
  netdev::Buffers buffers;
  buffers.start(memory, 3, 2);
  for (int round = 0; round < 3; round++) {
    std::set<u8*> small, large;
    while (u8* b = buffers.take(netdev::kSmallBytes)) ASSERT_TRUE(small.insert(b).second);
    while (u8* b = buffers.take(1514)) ASSERT_TRUE(large.insert(b).second);
    EXPECT_EQ(small.size(), 96u);
    EXPECT_EQ(large.size(), 4u);
    for (u8* b : small) EXPECT_EQ(page_number(b), page_number(b + netdev::kSmallBytes - 1));
    for (u8* b : large) EXPECT_EQ(page_number(b), page_number(b + netdev::kLargeBytes - 1));
    for (u8* b : small) buffers.give_back(b);
    for (u8* b : large) buffers.give_back(b);
  }
  EXPECT_EQ(buffers.take(4000), nullptr);
  std::free(memory);
}

}  // namespace
