// SPDX-License-Identifier: MIT
#include "net/reassembly.hpp"

#include <random>

#include "fixture.hpp"

namespace net::test {
namespace {

class Fragments : public ::testing::Test {
 protected:
  std::optional<std::span<const u8>> give(u32 offset, u32 length, bool more, u32 id = 1) {
    data.resize(offset + length);
    for (u32 i = 0; i < data.size(); i++) data[i] = static_cast<u8>(i * 13 + i / 256);
    return all->add(now, {kPeer, kOurs, id, 17, more, offset, std::span(data).subspan(offset, length)});
  }
  bool whole(std::optional<std::span<const u8>> result, u32 length) {
    if (!result || result->size() != length) return false;
    for (u32 i = 0; i < length; i++)
      if ((*result)[i] != static_cast<u8>(i * 13 + i / 256)) return false;
    return true;
  }
  std::unique_ptr<Reassembly> all = std::make_unique<Reassembly>();
  Bytes data;
  u64 now = kSecond;
};

TEST_F(Fragments, AnyOrder) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; round++) {
    std::vector<u32> order(10);
    for (u32 i = 0; i < 10; i++) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (u32 i = 0; i < 10; i++) {
      const auto result = give(order[i] * 64, order[i] == 9 ? 13 : 64, order[i] != 9, round);
      ASSERT_EQ(whole(result, 9 * 64 + 13), i == 9);
    }
    EXPECT_EQ(all->waiting(), 0u);
  }
}

TEST_F(Fragments, TheSameOneTwiceIsHarmlessOverlapsAreNot) {
  give(0, 64, true);
  give(0, 64, true);
  give(0, 32, true);
  EXPECT_EQ(all->waiting(), 1u);
  EXPECT_TRUE(whole(give(64, 10, false), 74));
  give(0, 64, true, 2);
  give(56, 64, true, 2);
  EXPECT_EQ(all->waiting(), 0u) << "all of it is thrown away (RFC 5722)";
  give(64, 64, true, 3);
  give(0, 200, true, 3);
  EXPECT_EQ(all->waiting(), 0u);
}

TEST_F(Fragments, EndsMustAgree) {
  give(64, 10, false);
  give(128, 8, true);
  EXPECT_EQ(all->waiting(), 0u) << "beyond the end";
  give(128, 8, true, 2);
  give(64, 10, false, 2);
  EXPECT_EQ(all->waiting(), 0u) << "an end in front of what is there";
  give(64, 8, false, 3);
  give(72, 8, false, 3);
  EXPECT_EQ(all->waiting(), 0u) << "two ends";
}

TEST_F(Fragments, LimitsOfSizeNumberAndTime) {
  EXPECT_FALSE(give(kMaxDatagram - 8, 9, false));
  EXPECT_FALSE(give(0, 12, true)) << "not a multiple of 8";
  EXPECT_EQ(all->waiting(), 0u);
  for (u32 id = 0; id < 20; id++) {
    now += kSecond;
    give(0, 64, true, id);
  }
  EXPECT_EQ(all->waiting(), kReassemblies);
  EXPECT_TRUE(whole(give(64, 8, false, 19), 72)) << "the newest have their places";
  EXPECT_FALSE(give(64, 8, false, 3));
  now += kReassemblyTime;
  all->expire(now);
  EXPECT_EQ(all->waiting(), 0u);
}

TEST_F(Fragments, MoreGapsThanRangesGiveUp) {
  for (u32 i = 0; i < 16; i++) give(16 + i * 16, 8, true);
  EXPECT_EQ(all->waiting(), 1u);
  give(16 + 16 * 16, 8, true);
  EXPECT_EQ(all->waiting(), 0u);
}

class FragmentStack : public StackTest {
 protected:
  FragmentStack() {
    know_peer();
    stack.open_udp(53, {this, [](void* p, u64, const Received& packet) {
                          static_cast<FragmentStack*>(p)->got.emplace_back(packet.payload.begin(),
                                                                           packet.payload.end());
                        }});
  }
  std::vector<Bytes> got;
};

TEST_F(FragmentStack, ReceivesWhatItSends) {
  Bytes payload(5000);
  for (u64 i = 0; i < payload.size(); i++) payload[i] = static_cast<u8>(i * 7);
  EXPECT_EQ(stack.send_udp(now, 1000, kPeer, 53, payload), Sent::Yes);
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 4u);
  Bytes whole;
  for (const Bytes& frame : sent) {
    EXPECT_LE(frame.size(), 1514u);
    EXPECT_EQ(get16(frame, 18), get16(sent[0], 18)) << "one identification";
    EXPECT_EQ((get16(frame, 20) & 0x1fff) * 8u, whole.size());
    EXPECT_EQ((get16(frame, 20) & 0x2000) != 0, &frame != &sent.back());
    whole.insert(whole.end(), frame.begin() + 34, frame.end());
  }
  EXPECT_EQ(whole, udp(kOurs, 1000, kPeer, 53, payload)) << "checksum and all";
  // And the other way round, last one first.
  const Bytes theirs = udp(kPeer, 777, kOurs, 53, payload);
  for (u32 i = 4; i-- > 0;) {
    const u64 begin = i * 1480, end = std::min<u64>(begin + 1480, theirs.size());
    receive_ip(
        fragment4(kPeer, kOurs, 9, static_cast<u32>(begin), i != 3,
                  Bytes(theirs.begin() + static_cast<long>(begin), theirs.begin() + static_cast<long>(end))));
  }
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], payload);
  EXPECT_EQ(stack.counters().ip_reassembled, 1u);
}

TEST_F(FragmentStack, TooLongIsRefused) {
  EXPECT_EQ(stack.send_udp(now, 1000, kPeer, 53, Bytes(kMaxDatagram - 7)), Sent::TooLong);
  EXPECT_TRUE(wire.frames().empty());
}

TEST_F(FragmentStack, AFullCardEndsIt) {
  wire.limit = 2;
  wire.card_full = true;
  EXPECT_EQ(stack.send_udp(now, 1000, kPeer, 53, Bytes(5000)), Sent::Busy);
}

}  // namespace
}  // namespace net::test
