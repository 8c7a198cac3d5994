// SPDX-License-Identifier: MIT
#include "peer.hpp"

namespace tcp::test {
namespace {

using Handshake = Peer;

TEST_F(Handshake, SynAckIsRepeatedThenGivenUp) {
  auto sent = give({.flags = kSyn, .seq = 100, .mss = 1460});
  ASSERT_EQ(sent.size(), 1u);
  const u32 iss = sent[0].seq;
  u32 repeats = 0;
  for (int i = 0; i < 60; i++) {
    for (const Sent& s : wait(kSecond)) {
      EXPECT_EQ(s.flags, kSyn | kAck);
      EXPECT_EQ(s.seq, iss);
      repeats++;
    }
  }
  EXPECT_EQ(repeats, Settings{}.syn_ack_tries - 1u);
  EXPECT_EQ(host.engine.connections(), 0u);
  EXPECT_TRUE(host.connections.empty()) << "the application never heard of it";
}

TEST_F(Handshake, RepeatedSynGetsTheSameAnswer) {
  const auto first = give({.flags = kSyn, .seq = 100});
  const auto second = give({.flags = kSyn, .seq = 100});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].seq, first[0].seq);
  EXPECT_EQ(host.engine.connections(), 1u);
}

TEST_F(Handshake, WrongAcknowledgementIsReset) {
  const auto answer = give({.flags = kSyn, .seq = 100});
  const auto reset = give({.flags = kAck, .seq = 101, .ack = answer[0].seq + 2});
  ASSERT_EQ(reset.size(), 1u);
  EXPECT_EQ(reset[0].flags, kRst);
  EXPECT_EQ(reset[0].seq, answer[0].seq + 2);
  EXPECT_TRUE(host.opens.empty());
}

TEST_F(Handshake, DataMayComeWithTheLastStep) {
  const auto answer = give({.flags = kSyn, .seq = 100});
  give({.flags = kAck | kFin, .seq = 101, .ack = answer[0].seq + 1, .data = {1, 2, 3}});
  ASSERT_EQ(host.opens.size(), 1u);
  EXPECT_EQ(host.known(host.opens[0]).received, (Bytes{1, 2, 3}));
  EXPECT_TRUE(host.engine.finished(host.opens[0]));
}

TEST_F(Handshake, ResetEndsTheHalfOpenSilently) {
  give({.flags = kSyn, .seq = 100});
  EXPECT_TRUE(give({.flags = kRst, .seq = 101}).empty());
  EXPECT_EQ(host.engine.connections(), 0u);
}

TEST_F(Handshake, ClosedPortAndStrangersAreReset) {
  auto sent = give({.flags = kAck, .seq = 7, .ack = 99});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].flags, kRst);
  EXPECT_EQ(sent[0].seq, 99u);
  sent = give({.flags = kFin, .seq = 7, .data = {1, 2}});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].flags, kRst | kAck);
  EXPECT_EQ(sent[0].ack, 10u);
  EXPECT_TRUE(give({.flags = kRst, .seq = 7}).empty()) << "a reset is never answered";
}

TEST_F(Handshake, AFloodOfSynsFillsOnlyTheBacklog) {
  const ConnectionId open_one = open(1001, 4000);
  for (u16 port = 10000; port < 10500; port++) {
    now += net::kMillisecond;
    EXPECT_EQ(give({.flags = kSyn, .seq = port, .port = port}).size(), 1u) << "every SYN has its chance";
    EXPECT_LE(host.engine.connections(), 1u + 4u) << "the backlog bounds the half-open ones";
  }
  EXPECT_EQ(host.engine.counters().cookies_sent, 496u);
  open(1001, 4001);  // in the middle of it an honest client gets through
  EXPECT_EQ(host.opens.size(), 2u);
  EXPECT_EQ(host.engine.counters().cookies_taken, 1u);
  EXPECT_TRUE(host.send(open_one, {1}));
  EXPECT_FALSE(work().empty());
  wait(60 * kSecond);
  for (int i = 0; i < 60; i++) wait(kSecond);
  EXPECT_LE(host.engine.connections(), 2u) << "half-open ones time out";
}

TEST_F(Handshake, AFullTableDropsSynsUntilThereIsRoom) {
  for (u16 i = 0; i < TestStorage::kConnections; i++) open(1001, static_cast<u16>(4000 + i));
  const auto answer = give({.flags = kSyn, .seq = 1, .port = 9000});
  ASSERT_EQ(answer.size(), 1u) << "a cookie: there may be room when it comes back";
  EXPECT_TRUE(give({.flags = kAck, .seq = 2, .ack = answer[0].seq + 1, .port = 9000}).empty());
  EXPECT_EQ(host.engine.counters().table_full, 1u);
  host.forget(host.opens[3]);
  host.engine.abort(host.opens[3]);
  taken();
  open(1001, 9000);
}

TEST_F(Handshake, TimeWaitMakesRoom) {
  for (u16 i = 0; i < TestStorage::kConnections; i++) {
    const u16 port = static_cast<u16>(4000 + i);
    const ConnectionId id = open(1001, port);
    host.engine.close(id);
    work();
    give({.flags = kFin | kAck, .seq = 1001, .ack = theirs + 1, .port = port});
    now += kSecond;
  }
  EXPECT_EQ(host.engine.connections(), 0u);
  EXPECT_EQ(host.engine.waiting(), TestPolicy::kTimeWait);
  for (u16 i = 0; i < TestStorage::kConnections; i++) open(1001, static_cast<u16>(6000 + i));
}

TEST_F(Handshake, PeersMssIsObeyedWithinReason) {
  const ConnectionId id = open(1001, 5000, 500);
  host.send(id, Bytes(2000));
  auto sent = work();
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].data.size(), 500u);
  const ConnectionId tiny = open(1001, 5001, 1);
  host.send(tiny, Bytes(100));
  sent = work();
  EXPECT_EQ(sent.at(0).data.size(), kLeastMss);
  const ConnectionId none = open(1001, 5002, 0);
  host.send(none, Bytes(2000));
  EXPECT_EQ(work().at(0).data.size(), kDefaultMss);
  const ConnectionId large = open(1001, 5003, 9000);
  host.send(large, Bytes(5000));
  EXPECT_EQ(work().at(0).data.size(), kMss);
}

TEST_F(Handshake, InitialSequenceNumbersDifferByNameAndTime) {
  const Key key = {1, 2}, other = {1, 3};
  const auto isn = [](const Key& k, u64 t, u16 port) {
    return initial_sequence(t, secret_of(k, {kAddresses[1], kAddresses[0], port, 80}));
  };
  EXPECT_EQ(isn(key, 4000, 1) - isn(key, 0, 1), 1u) << "one every 4 microseconds";
  EXPECT_NE(isn(key, 0, 1), isn(key, 0, 2));
  EXPECT_NE(isn(key, 0, 1), isn(other, 0, 1));
}

TEST_F(Handshake, SipHashOfThePublishedVector) {
  // SipHash-2-4 test vectors: key 00..0f, message 00..0f (16 bytes).
  const Key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const u64 words[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(siphash(key, words, 2), 0x3f2acc7f57c29bdbu);
}

}  // namespace
}  // namespace tcp::test
