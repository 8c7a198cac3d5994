// SPDX-License-Identifier: MIT
// Which segments are taken, answered, challenged or thrown away (RFC 9293, 3.10.7.4; RFC 5961).
#include "peer.hpp"

namespace tcp::test {
namespace {

using Rules = Peer;

TEST_F(Rules, ResetOnlyAtTheExactNumber) {
  const ConnectionId id = open();
  auto sent = give({.flags = kRst, .seq = 1002});
  ASSERT_EQ(sent.size(), 1u) << "in the window: challenged";
  EXPECT_TRUE(is(sent[0], kAck));
  EXPECT_EQ(sent[0].ack, 1001u);
  EXPECT_TRUE(give({.flags = kRst, .seq = 1000}).empty()) << "outside: ignored";
  EXPECT_TRUE(give({.flags = kRst, .seq = 1001 + kWindow}).empty());
  EXPECT_TRUE(host.known(id).open);
  give({.flags = kRst, .seq = 1001});
  EXPECT_EQ(host.known(id).reason, Reason::Reset);
}

TEST_F(Rules, SynInAConnectionIsChallenged) {
  const ConnectionId id = open();
  const auto sent = give({.flags = kSyn, .seq = 1001});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(is(sent[0], kAck));
  EXPECT_TRUE(host.known(id).open);
}

TEST_F(Rules, ChallengesAreRationed) {
  open();
  u64 answers = 0;
  for (int i = 0; i < 100; i++) {
    now += net::kMillisecond;
    answers += give({.flags = kSyn, .seq = 1001}).size();
  }
  EXPECT_EQ(answers, 1u);
  now += kSecond;
  EXPECT_EQ(give({.flags = kSyn, .seq = 1001}).size(), 1u);
}

TEST_F(Rules, AcknowledgementOfTheFutureAndOfLongAgo) {
  const ConnectionId id = open();
  EXPECT_EQ(give({.flags = kAck, .seq = 1001, .ack = theirs + 1, .data = {1}}).size(), 1u);
  now += kSecond;
  EXPECT_EQ(give({.flags = kAck, .seq = 1001, .ack = theirs - 60001, .data = {1}}).size(), 1u);
  EXPECT_TRUE(host.known(id).received.empty()) << "their data is not taken";
  give({.flags = kAck, .seq = 1001, .ack = theirs - 100, .data = {1}});
  EXPECT_EQ(host.known(id).received, Bytes{1}) << "an old one within the window is harmless";
}

TEST_F(Rules, DataOutsideTheWindowIsAnsweredAndDropped) {
  const ConnectionId id = open();
  auto sent = give({.flags = kAck, .seq = 1001 + kWindow + 5, .ack = theirs, .data = {1}});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ack, 1001u);
  give({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1, 2, 3}});
  sent = give({.flags = kAck, .seq = 1001, .ack = theirs, .data = {9, 9, 9}});
  ASSERT_EQ(sent.size(), 1u) << "a repetition is acknowledged at once";
  EXPECT_EQ(sent[0].ack, 1004u);
  sent = give({.flags = kAck, .seq = 1000, .ack = theirs});
  ASSERT_EQ(sent.size(), 1u) << "a keep-alive is answered";
  EXPECT_EQ(host.known(id).received, (Bytes{1, 2, 3}));
}

TEST_F(Rules, SegmentWithoutAckIsDropped) {
  const ConnectionId id = open();
  give({.flags = 0, .seq = 1001, .data = {1}});
  EXPECT_TRUE(host.known(id).received.empty());
}

TEST_F(Rules, DelayedAcknowledgement) {
  open();
  EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1}}).empty());
  EXPECT_TRUE(wait(39 * net::kMillisecond).empty());
  const auto sent = wait(net::kMillisecond);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ack, 1002u);
  EXPECT_TRUE(wait(kSecond).empty()) << "once";
}

TEST_F(Rules, EverySecondSegmentIsAcknowledged) {
  open();
  EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1}}).empty());
  EXPECT_EQ(give({.flags = kAck, .seq = 1002, .ack = theirs, .data = {2}}).size(), 1u);
}

TEST_F(Rules, AcknowledgementRidesOnData) {
  const ConnectionId id = open();
  give_frame({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1, 2}});
  host.send(id, {9});
  host.send(id, {8});
  host.engine.close(id);
  const auto sent = work();
  ASSERT_EQ(sent.size(), 1u) << "data of two calls, acknowledgement and FIN in one packet";
  EXPECT_TRUE(is(sent[0], kAck | kFin));
  EXPECT_EQ(sent[0].ack, 1003u);
  EXPECT_EQ(sent[0].data, (Bytes{9, 8}));
}

TEST_F(Rules, OutOfOrderDataWaits) {
  const ConnectionId id = open();
  auto sent = give({.flags = kAck, .seq = 1003, .ack = theirs, .data = {3, 4}});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ack, 1001u);
  EXPECT_EQ(give({.flags = kAck | kFin, .seq = 1005, .ack = theirs, .data = {5}}).size(), 1u);
  EXPECT_TRUE(host.known(id).received.empty());
  sent = give({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1, 2}});
  EXPECT_EQ(host.known(id).received, (Bytes{1, 2, 3, 4, 5}));
  EXPECT_TRUE(host.engine.finished(id)) << "the FIN that came early counts now";
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ack, 1007u);
}

TEST_F(Rules, FinAloneThenOurs) {
  const ConnectionId id = open();
  auto sent = give({.flags = kAck | kFin, .seq = 1001, .ack = theirs});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ack, 1002u);
  EXPECT_EQ(block(id).state, State::CloseWait);
  host.engine.close(id);
  sent = work();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(is(sent[0], kAck | kFin));
  EXPECT_EQ(block(id).state, State::LastAck);
  give({.flags = kAck, .seq = 1002, .ack = theirs + 1});
  EXPECT_EQ(host.known(id).reason, Reason::Finished);
  EXPECT_EQ(host.engine.connections(), 0u);
}

TEST_F(Rules, TimeWaitAnswersItsFinAndThenEnds) {
  const ConnectionId id = open();
  host.engine.close(id);
  work();
  give({.flags = kAck, .seq = 1001, .ack = theirs + 1});
  EXPECT_EQ(block(id).state, State::FinWait2);
  EXPECT_EQ(give({.flags = kAck | kFin, .seq = 1001, .ack = theirs + 1}).size(), 1u);
  EXPECT_EQ(host.engine.waiting(), 1u);
  EXPECT_EQ(host.engine.connections(), 0u) << "only a record is left";
  EXPECT_EQ(host.known(id).reason, Reason::Finished);
  wait(50 * kSecond);
  EXPECT_EQ(give({.flags = kAck | kFin, .seq = 1001, .ack = theirs + 1}).size(), 1u);
  EXPECT_TRUE(give({.flags = kRst, .seq = 1002}).empty());
  wait(50 * kSecond);
  EXPECT_EQ(give({.flags = kSyn, .seq = 1}).at(0).flags, kAck)
      << "the repeated FIN began it anew, the reset did not end it";
  wait(20 * kSecond);
  EXPECT_EQ(give({.flags = kSyn, .seq = 1}).at(0).flags, kSyn | kAck);
}

TEST_F(Rules, TimeWaitGivesWayToANewerSyn) {
  const ConnectionId id = open();
  host.engine.close(id);
  work();
  give({.flags = kAck | kFin, .seq = 1001, .ack = theirs + 1});
  const u32 last = theirs;
  EXPECT_EQ(give({.flags = kSyn, .seq = 900}).size(), 1u);
  EXPECT_EQ(host.engine.waiting(), 1u) << "an old SYN changes nothing";
  now += kSecond;
  open(5001);
  EXPECT_TRUE(after(theirs, last));
  EXPECT_EQ(host.opens.size(), 2u);
}

TEST_F(Rules, ThePeerThatNeverClosesIsLeft) {
  const ConnectionId id = open();
  host.engine.close(id);
  work();
  give({.flags = kAck, .seq = 1001, .ack = theirs + 1});
  wait(Settings{}.finish_wait);
  EXPECT_EQ(host.known(id).reason, Reason::TimedOut);
}

TEST_F(Rules, BroadcastsAndDamagedSegmentsAreDropped) {
  SegmentHeader header;
  header.window = 1000;
  header.flags = kSyn;
  Bytes segment(20);
  const net::Address everybody = net::address(10, 0, 0, 255);
  write_segment({everybody, kAddresses[0], 80, 5000}, header, {}, false, segment.data());
  host.stack.input(now, net::test::ethernet(net::kBroadcastMac, kMacs[0], 0x0800,
                                            net::test::ipv4(6, kAddresses[0], everybody, segment)));
  EXPECT_TRUE(work().empty());
  write_segment({kAddresses[1], kAddresses[0], 80, 5000}, header, {}, false, segment.data());
  for (u64 i = 0; i < segment.size(); i++) {
    Bytes bad = segment;
    bad[i] ^= 1;
    host.stack.input(now, net::test::ethernet(kMacs[1], kMacs[0], 0x0800,
                                              net::test::ipv4(6, kAddresses[0], kAddresses[1], bad)));
  }
  EXPECT_TRUE(work().empty());
  EXPECT_EQ(host.engine.connections(), 0u);
}

TEST_F(Rules, SequenceNumbersWrap) {
  const ConnectionId id = open(0xfffffffe);
  give({.flags = kAck, .seq = 2, .ack = theirs, .data = {5, 6}});
  give({.flags = kAck, .seq = 0xfffffffe, .ack = theirs, .data = {1, 2, 3, 4}});
  EXPECT_EQ(host.known(id).received, (Bytes{1, 2, 3, 4, 5, 6}));
  give({.flags = kRst, .seq = 4});
  EXPECT_EQ(host.known(id).reason, Reason::Reset);
}

TEST_F(Rules, OurSequenceNumbersWrap) {
  const ConnectionId id = open();
  Connection<TestPolicy>& c = block(id);
  const u32 near_end = 0xffffff00;  // as if that much had been sent and acknowledged
  c.iss = near_end - 1;
  c.una = c.nxt = c.max = near_end;
  c.wl2 = near_end;
  c.congestion.reset(c.mss, 10 * c.mss);
  host.send(id, Bytes(3000, 4));
  const auto sent = work();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[1].seq, near_end + 1460);
  give({.flags = kAck, .seq = 1001, .ack = near_end + 3000});
  EXPECT_TRUE(host.known(id).tokens.empty());
  EXPECT_TRUE(wait(10 * kSecond).empty());
}

TEST_F(Rules, ClosedWindowTakesTheAcknowledgementButNotTheData) {
  const ConnectionId id = open();
  host.reading = false;
  for (u32 at = 0; at < kWindow; at += 1400) {
    give({.flags = kAck, .seq = 1001 + at, .ack = theirs, .data = Bytes(1400)});
  }
  auto sent = give({.flags = kAck, .seq = 1001 + kWindow, .ack = theirs, .data = {1}});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].window, 0u);
  EXPECT_EQ(sent[0].ack, 1001 + kWindow);
  host.send(id, {7});
  work();
  give({.flags = kAck, .seq = 1001 + kWindow, .ack = theirs + 1, .data = {1}});
  EXPECT_TRUE(host.known(id).tokens.empty()) << "acknowledged all the same";
  host.reading = true;
  host.read(id);
  sent = work();
  ASSERT_EQ(sent.size(), 1u) << "tells that the window is open again";
  EXPECT_EQ(sent[0].window, kWindow);
}

}  // namespace
}  // namespace tcp::test
