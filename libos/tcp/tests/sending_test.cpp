// SPDX-License-Identifier: MIT
// When segments are sent, and sent again.
#include "peer.hpp"

namespace tcp::test {
namespace {

using net::kMillisecond;
using Sending = Peer;

TEST_F(Sending, TimeoutDoublesAndTheSegmentIsTheSame) {
  const ConnectionId id = open();
  host.send(id, {1, 2, 3});
  ASSERT_EQ(work().size(), 1u);
  u64 gap = Settings{}.rto_min;  // the handshake took no time at all
  for (int i = 0; i < 6; i++) {
    EXPECT_TRUE(wait(gap - kMillisecond).empty()) << i;
    const auto sent = wait(kMillisecond);
    ASSERT_EQ(sent.size(), 1u) << i;
    EXPECT_EQ(sent[0].seq, theirs);
    EXPECT_EQ(sent[0].data, (Bytes{1, 2, 3}));
    gap *= 2;
  }
  give({.flags = kAck, .seq = 1001, .ack = theirs + 3});
  EXPECT_TRUE(wait(100 * kSecond).empty());
  EXPECT_TRUE(host.known(id).tokens.empty());
}

TEST_F(Sending, BackedOffTimeoutStaysUntilAFreshSample) {
  const ConnectionId id = open();
  host.send(id, {1});
  work();
  wait(300 * kMillisecond);
  wait(600 * kMillisecond);
  give({.flags = kAck, .seq = 1001, .ack = theirs + 1});  // which of the three? Karn: not a sample
  host.send(id, {2});
  ASSERT_EQ(work().size(), 1u);
  EXPECT_TRUE(wait(1199 * kMillisecond).empty());
  EXPECT_EQ(wait(kMillisecond).size(), 1u);
}

TEST_F(Sending, TimeoutFollowsTheMeasuredRoundTrip) {
  const ConnectionId id = open();
  u32 at = theirs;
  for (int i = 0; i < 30; i++) {
    host.send(id, {1});
    work();
    now += 500 * kMillisecond;
    give({.flags = kAck, .seq = 1001, .ack = ++at});
    if (block(id).rtt.timeout() < 500 * kMillisecond) now += kSecond;
  }
  EXPECT_GE(block(id).rtt.timeout(), 500 * kMillisecond);
  EXPECT_LE(block(id).rtt.timeout(), 900 * kMillisecond);
}

TEST_F(Sending, ThreeDuplicatesBringTheSegmentAgain) {
  const ConnectionId id = open();
  host.send(id, Bytes(1460 * 6, 1));
  ASSERT_EQ(work().size(), 6u);
  const Send duplicate{.flags = kAck, .seq = 1001, .ack = theirs};
  EXPECT_TRUE(give(duplicate).empty());
  EXPECT_TRUE(give(duplicate).empty());
  auto sent = give(duplicate);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].seq, theirs);
  EXPECT_EQ(sent[0].data.size(), 1460u);
  EXPECT_TRUE(give(duplicate).empty()) << "once";
  sent = give({.flags = kAck, .seq = 1001, .ack = theirs + 1460 * 2});  // partial: the third is missing too
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].seq, theirs + 1460 * 2);
  EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs + 1460 * 6}).empty());
  EXPECT_FALSE(block(id).recovery != Recovery::Open);
  EXPECT_EQ(block(id).congestion.threshold(), 3u * 1460);
}

TEST_F(Sending, WindowUpdatesAreNotDuplicates) {
  const ConnectionId id = open();
  host.send(id, Bytes(1460 * 6, 1));
  work();
  for (u16 i = 1; i < 6; i++) {
    EXPECT_TRUE(
        give({.flags = kAck, .seq = 1001, .ack = theirs, .window = static_cast<u16>(60000 + i)}).empty());
  }
}

TEST_F(Sending, SlowStartBeginsWithTenAndDoubles) {
  const ConnectionId id = open();
  host.send(id, Bytes(100'000, 1));
  EXPECT_EQ(work().size(), 10u);
  for (u32 i = 1; i <= 10; i++) give_frame({.flags = kAck, .seq = 1001, .ack = theirs + i * 1460});
  EXPECT_EQ(work().size(), 20u);
}

TEST_F(Sending, ATimeoutBeginsWithOneSegmentAgain) {
  const ConnectionId id = open();
  host.send(id, Bytes(1460 * 8, 1));
  ASSERT_EQ(work().size(), 8u);
  EXPECT_EQ(wait(300 * kMillisecond).size(), 1u);
  EXPECT_EQ(block(id).congestion.threshold(), 4u * 1460);
  const auto sent = give({.flags = kAck, .seq = 1001, .ack = theirs + 1460});
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].seq, theirs + 1460);
  EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs + 1460 * 8}).empty()) << "it had the rest";
}

TEST_F(Sending, ThePeersWindowBounds) {
  const ConnectionId id = open(1001, 5000, 1460, 3000);
  host.send(id, Bytes(10'000, 1));
  auto sent = work();
  ASSERT_EQ(sent.size(), 2u) << "two full segments; the 80 bytes behind them are not worth one";
  sent = give({.flags = kAck, .seq = 1001, .ack = theirs + 2920, .window = 1000});
  EXPECT_TRUE(sent.empty()) << "less than half of what it once offered";
  sent = give({.flags = kAck, .seq = 1001, .ack = theirs + 2920, .window = 1500});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].data.size(), 1460u);
}

TEST_F(Sending, ASmallWindowIsUsedInTheEnd) {
  const ConnectionId id = open(1001, 5000, 1460, 3000);
  host.send(id, Bytes(10'000, 1));
  work();
  EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs + 2920, .window = 100}).empty());
  const auto sent = wait(kSecond);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].data.size(), 100u);
}

TEST_F(Sending, ZeroWindowIsProbedEverLessOften) {
  const ConnectionId id = open(1001, 5000, 1460, 0);
  host.send(id, {1, 2, 3});
  EXPECT_TRUE(work().empty());
  std::vector<u64> probes;
  for (int i = 0; i < 4000; i++) {
    for (const Sent& s : wait(100 * kMillisecond)) {
      EXPECT_EQ(s.data, Bytes{1});
      EXPECT_EQ(s.seq, theirs);
      probes.push_back(now);
      EXPECT_TRUE(give({.flags = kAck, .seq = 1001, .ack = theirs, .window = 0}).empty());
    }
  }
  ASSERT_GE(probes.size(), 8u);
  for (u64 i = 2; i < probes.size(); i++) {
    EXPECT_GE(probes[i] - probes[i - 1] + 100 * kMillisecond, probes[i - 1] - probes[i - 2]);
    EXPECT_LE(probes[i] - probes[i - 1], 61 * kSecond);
  }
  EXPECT_TRUE(host.known(id).open) << "it answers, so it is not given up";
  const auto sent = give({.flags = kAck, .seq = 1001, .ack = theirs, .window = 1000});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].data, (Bytes{1, 2, 3}));
}

TEST_F(Sending, ProbesWithoutAnswerEnd) {
  const ConnectionId id = open(1001, 5000, 1460, 0);
  host.send(id, {1});
  work();
  for (int i = 0; i < 1000; i++) wait(kSecond);
  EXPECT_EQ(host.known(id).reason, Reason::TimedOut);
}

TEST_F(Sending, FinIsSentAgain) {
  const ConnectionId id = open();
  host.engine.close(id);
  ASSERT_EQ(work().size(), 1u);
  const auto sent = wait(300 * kMillisecond);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(is(sent[0], kFin | kAck));
  EXPECT_EQ(sent[0].seq, theirs);
  give({.flags = kAck, .seq = 1001, .ack = theirs + 1});
  EXPECT_EQ(block(id).state, State::FinWait2);
}

TEST_F(Sending, ReferencesComeBackOneByOne) {
  const ConnectionId id = open();
  for (int i = 0; i < 3; i++) host.send(id, Bytes(100, static_cast<u8>(i)));
  work();
  give({.flags = kAck, .seq = 1001, .ack = theirs + 99});
  EXPECT_EQ(host.known(id).tokens.size(), 3u);
  give({.flags = kAck, .seq = 1001, .ack = theirs + 250});
  EXPECT_EQ(host.known(id).tokens.size(), 1u);
  EXPECT_EQ(host.engine.send_room(id), TestPolicy::kSendPiecesEach - 1);
  give({.flags = kAck, .seq = 1001, .ack = theirs + 300});
  EXPECT_TRUE(host.known(id).tokens.empty());
}

TEST_F(Sending, TheQueueIsBounded) {
  const ConnectionId id = open();
  for (u32 i = 0; i < TestPolicy::kSendPiecesEach; i++) EXPECT_TRUE(host.send(id, {1}));
  EXPECT_EQ(host.engine.send_room(id), 0u);
  EXPECT_FALSE(host.send(id, {1}));
  EXPECT_FALSE(host.engine.send(id, {kMacs[0].bytes, 0}, 0)) << "an empty piece";
}

TEST_F(Sending, NothingIsSentOutsidePoll) {
  const ConnectionId id = open();
  host.send(id, {1});
  host.engine.close(id);
  give_frame({.flags = kAck, .seq = 1001, .ack = theirs, .data = {1}});
  EXPECT_TRUE(taken().empty());
  EXPECT_EQ(work().size(), 1u);
}

}  // namespace
}  // namespace tcp::test
