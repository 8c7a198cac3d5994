// SPDX-License-Identifier: MIT
#include "fixture.hpp"

namespace net::test {
namespace {

using ArpTest = StackTest;

TEST_F(ArpTest, AnnouncesItsAddressAtStart) {
  ASSERT_EQ(announcement.size(), 1u);
  EXPECT_EQ(announcement[0], ethernet(kBroadcastMac, kMac, 0x0806, arp(1, kMac, kOurs, Mac{}, kOurs)));
}

TEST_F(ArpTest, AnswersForItsAddressOnly) {
  receive(ethernet(kBroadcastMac, kPeerMac, 0x0806, arp(1, kPeerMac, kPeer, Mac{}, kOurs)));
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], ethernet(kPeerMac, kMac, 0x0806, arp(2, kMac, kOurs, kPeerMac, kPeer)));
  receive(ethernet(kBroadcastMac, kPeerMac, 0x0806, arp(1, kPeerMac, kPeer, Mac{}, address(10, 0, 2, 16))));
  EXPECT_TRUE(wire.frames().empty());
}

TEST_F(ArpTest, AnswersAProbeWithoutLearning) {
  receive(ethernet(kBroadcastMac, kPeerMac, 0x0806, arp(1, kPeerMac, Address{}, Mac{}, kOurs)));
  EXPECT_EQ(wire.frames().size(), 1u);
}

TEST_F(ArpTest, HoldsPacketsUntilTheAnswer) {
  for (u32 i = 0; i < kHeldPackets; i++) EXPECT_EQ(send_udp(kPeer), Sent::Held);
  EXPECT_EQ(send_udp(kPeer), Sent::Unresolved);
  auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u) << "one question, however many packets wait";
  EXPECT_EQ(sent[0], ethernet(kBroadcastMac, kMac, 0x0806, arp(1, kMac, kOurs, Mac{}, kPeer)));
  know_peer();
  sent = wire.frames();
  ASSERT_EQ(sent.size(), kHeldPackets);
  EXPECT_EQ(Bytes(sent[0].begin(), sent[0].begin() + 6), Bytes(kPeerMac.bytes, kPeerMac.bytes + 6));
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
}

TEST_F(ArpTest, DoesNotHoldPieces) {
  const u8 data[4] = {};
  const Piece piece{data, 4};
  EXPECT_EQ(stack.send_ip(now, 6, kOurs, kPeer, stack.take(kPeer, 20), 20, std::span(&piece, 1)),
            Sent::Unresolved);
  EXPECT_EQ(wire.outstanding(), 0u);
}

// Where others have our station and address, the answer to our question may never come.
TEST_F(ArpTest, BelievesAWitnessWhereAPacketCameFrom) {
  const Bytes echo = ipv4(1, kFar, kOurs, icmp(8, Bytes(8)));
  const Bytes frame = ethernet(kMac, kPeerMac, 0x0800, echo);
  receive(frame);
  EXPECT_EQ(wire.frames().size(), 1u) << "without a witness: a question, and the answer waits";
  stack.witness(now, frame);
  receive(frame);
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 2u) << "by way of the gateway, and so is what waited";
  for (const Bytes& one : sent)
    EXPECT_EQ(Bytes(one.begin(), one.begin() + 6), Bytes(kPeerMac.bytes, kPeerMac.bytes + 6));
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
}

TEST_F(ArpTest, AsksAgainAndGivesUp) {
  EXPECT_EQ(send_udp(kPeer), Sent::Held);
  u64 questions = wire.frames().size();
  for (int i = 0; i < 20; i++) {
    const u64 next = stack.poll(now);
    if (next == kForever) break;
    EXPECT_EQ(next, now + kArpRetry);
    now = next;
    stack.poll(now);
    questions += wire.frames().size();
  }
  EXPECT_EQ(questions, kArpTries);
  EXPECT_EQ(wire.outstanding(), 0u) << "what waited is dropped";
  EXPECT_EQ(stack.poll(now), kForever);
}

TEST_F(ArpTest, GoesThroughTheGateway) {
  know_peer();
  EXPECT_EQ(send_udp(kFar), Sent::Yes);
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].begin(), sent[0].begin() + 6), Bytes(kPeerMac.bytes, kPeerMac.bytes + 6));
  EXPECT_EQ(get32(sent[0], 30), kFar.value);
  stack.configure({kOurs, 24, {}});
  EXPECT_EQ(send_udp(kFar), Sent::NoRoute);
}

TEST_F(ArpTest, RefreshesWhatIsUsedAndForgetsTheRest) {
  know_peer();
  now += kArpFresh - kSecond;
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
  wire.frames();
  now += kSecond;
  stack.poll(now);
  auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u) << "asks the station itself, and goes on using it meanwhile";
  EXPECT_EQ(sent[0], ethernet(kPeerMac, kMac, 0x0806, arp(1, kMac, kOurs, Mac{}, kPeer)));
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
  know_peer();
  wire.frames();
  now += 2 * kArpFresh;
  EXPECT_EQ(stack.poll(now), kForever) << "not used any more";
  EXPECT_EQ(send_udp(kPeer), Sent::Held);
  held = 1;
}

TEST_F(ArpTest, StaleNeighbourThatStaysSilentIsForgotten) {
  know_peer();
  for (u32 i = 0; i <= kArpTries + 1; i++) {
    (void)send_udp(kPeer);
    now = i == 0 ? now + kArpFresh : now + kArpRetry;
    stack.poll(now);
  }
  wire.frames();
  EXPECT_NE(send_udp(kPeer), Sent::Yes);
  held = wire.outstanding();
}

TEST_F(ArpTest, LearnsNothingFromStrangersAndBystanders) {
  const Address other = address(10, 0, 2, 77);
  receive_arp(2, kPeerMac, other, address(10, 0, 2, 3));  // not to us
  receive_arp(1, kPeerMac, kFar, kOurs);                  // not of our network
  wire.frames();
  EXPECT_EQ(send_udp(other), Sent::Held);
  held = 1;
}

TEST_F(ArpTest, KnownNeighbourMayMove) {
  know_peer();
  const Mac moved{{2, 2, 2, 2, 2, 2}};
  receive(ethernet(kBroadcastMac, moved, 0x0806, arp(1, moved, kPeer, Mac{}, kPeer)));
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
  EXPECT_EQ(wire.frames().back()[0], 2);
}

TEST_F(ArpTest, DefendsItsAddressButNotForever) {
  for (int i = 0; i < 5; i++) receive_arp(1, kPeerMac, kOurs, kOurs);
  EXPECT_EQ(wire.frames().size(), 1u);
  EXPECT_EQ(stack.counters().arp_conflicts, 5u);
}

TEST_F(ArpTest, AFullCacheMakesRoomAndKeepsWhoIsUsed) {
  know_peer();
  for (u8 i = 0; i < 200; i++) {
    now += kMillisecond;
    EXPECT_EQ(send_udp(kPeer), Sent::Yes);
    (void)send_udp(address(10, 0, 2, static_cast<u8>(20 + i)));
  }
  EXPECT_EQ(send_udp(kPeer), Sent::Yes);
  EXPECT_EQ(wire.outstanding(), kNeighbours - 1u) << "evicted neighbours gave back what they held";
  held = kNeighbours - 1;
}

TEST_F(ArpTest, RefusesMalformed) {
  const Bytes good = ethernet(kMac, kPeerMac, 0x0806, arp(1, kPeerMac, kPeer, Mac{}, kOurs));
  for (const u64 at : {14u, 15u, 16u, 18u, 19u, 21u}) {
    Bytes bad = good;
    bad[at] ^= 0x40;
    receive(bad);
  }
  Bytes group = good;
  group[22] |= 1;  // the sender's station address
  receive(group);
  EXPECT_EQ(stack.counters().arp_bad, 7u);
  EXPECT_TRUE(wire.frames().empty());
}

}  // namespace
}  // namespace net::test
