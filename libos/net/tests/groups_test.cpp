// SPDX-License-Identifier: MIT
// Multicast: what is received, and what routers are told (RFC 2236).
#include "fixture.hpp"

namespace net::test {
namespace {

constexpr Address kGroup = address(239, 1, 2, 3), kOther = address(239, 129, 2, 3);

class GroupsTest : public StackTest {
 protected:
  GroupsTest() {
    stack.open_udp(53, {this, [](void* p, u64, const Received&) { static_cast<GroupsTest*>(p)->got++; }});
  }
  void datagram(Address to) {
    receive(
        ethernet({{1, 0, 0x5e, 1, 2, 3}}, kPeerMac, 0x0800, ipv4(17, kPeer, to, udp(kPeer, 7, to, 53, {1}))));
  }
  void igmp(u8 type, u8 time, Address group, Address to) {
    Bytes m{type, time, 0, 0, 0, 0, 0, 0};
    put32(m, 4, group.value);
    put16(m, 2, slow_checksum(m));
    receive(ethernet({{1, 0, 0x5e, 0, 0, 1}}, kPeerMac, 0x0800, ipv4(2, kPeer, to, m)));
  }
  // Lets `time` pass; how many reports of kGroup went out.
  u32 reports(u64 time) {
    u32 count = 0;
    for (const u64 end = now + time; now < end; now += 100 * kMillisecond) {
      stack.poll(now);
      for (const Bytes& f : wire.frames()) count += f.at(23) == 2 && f.at(38) == 0x16 ? 1 : 0;
    }
    return count;
  }
  u32 got = 0;
};

TEST_F(GroupsTest, OnlyJoinedGroupsAreReceived) {
  datagram(kGroup);
  EXPECT_EQ(got, 0u);
  ASSERT_TRUE(stack.join(now, kGroup));
  datagram(kGroup);
  EXPECT_EQ(got, 1u);
  datagram(kOther);  // the same station address, another group
  EXPECT_EQ(got, 1u);
  ASSERT_TRUE(stack.join(now, kGroup));
  stack.leave(now, kGroup);
  datagram(kGroup);
  EXPECT_EQ(got, 2u) << "joined twice, left once";
  stack.leave(now, kGroup);
  datagram(kGroup);
  EXPECT_EQ(got, 2u);
  EXPECT_FALSE(stack.join(now, kPeer)) << "no group";
}

TEST_F(GroupsTest, JoiningIsReportedTwiceAndLeavingOnce) {
  ASSERT_TRUE(stack.join(now, kGroup));
  auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  const Bytes& f = sent[0];
  EXPECT_EQ(Bytes(f.begin(), f.begin() + 6), (Bytes{1, 0, 0x5e, 1, 2, 3}));
  EXPECT_EQ(f[14], 0x46) << "with the router alert";
  EXPECT_EQ(f[22], 1) << "no further than the link";
  EXPECT_EQ(slow_checksum(Bytes(f.begin() + 14, f.begin() + 38)), 0);
  EXPECT_EQ(slow_checksum(Bytes(f.begin() + 38, f.end())), 0);
  EXPECT_EQ(f[38], 0x16);
  EXPECT_EQ(get32(f, 42), kGroup.value);
  EXPECT_EQ(reports(20 * kSecond), 1u);
  EXPECT_EQ(reports(100 * kSecond), 0u);
  stack.leave(now, kGroup);
  sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0][38], 0x17);
  EXPECT_EQ(get32(sent[0], 30), 0xe0000002);
}

TEST_F(GroupsTest, QuestionsAreAnsweredInTimeUnlessAnotherDoes) {
  ASSERT_TRUE(stack.join(now, kGroup));
  reports(20 * kSecond);
  igmp(0x11, 20, {}, address(224, 0, 0, 1));
  EXPECT_EQ(reports(2100 * kMillisecond), 1u);
  igmp(0x11, 20, kGroup, kGroup);
  EXPECT_EQ(reports(2100 * kMillisecond), 1u);
  igmp(0x11, 20, kOther, kOther);
  igmp(0x11, 255, {}, address(224, 0, 0, 1));
  igmp(0x16, 0, kGroup, kGroup);
  EXPECT_EQ(reports(30 * kSecond), 0u) << "another station has said it";
  stack.leave(now, kGroup);
  EXPECT_TRUE(wire.frames().empty()) << "and is still there";
}

TEST_F(GroupsTest, SendsToAGroupWithoutAsking) {
  EXPECT_EQ(stack.send_udp(now, 1, kGroup, 2, Bytes{1}), Sent::Yes);
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0][2], 0x5e);
  EXPECT_EQ(sent[0][22], 1);
}

TEST_F(GroupsTest, TableIsBounded) {
  for (u32 i = 0; i < kGroups; i++) EXPECT_TRUE(stack.join(now, Address{kGroup.value + i}));
  EXPECT_FALSE(stack.join(now, kOther));
}

}  // namespace
}  // namespace net::test
