// SPDX-License-Identifier: MIT
// Whole transfers between two engines over a bad wire, compared byte by byte.
#include "network.hpp"

namespace tcp::test {
namespace {

using net::kMillisecond;

Bytes pattern(u64 size, u32 seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (u8& b : bytes) b = static_cast<u8>(random());
  return bytes;
}

struct Case {
  const char* name;
  Wire wire;
};

class Transfer : public ::testing::TestWithParam<std::tuple<Case, u32>> {};

// Feeds `all` to the connection in chunks of odd sizes as room permits.
class Feeder {
 public:
  Feeder(Host& host, ConnectionId id, Bytes all, u32 seed)
      : host_(host), id_(id), all_(std::move(all)), random_(seed) {}
  void feed() {
    while (at_ < all_.size() && host_.engine.send_room(id_) > 0) {
      const u64 size =
          std::min<u64>(all_.size() - at_, random_() % 3 == 0 ? random_() % 50 + 1 : random_() % 9000 + 1);
      ASSERT_TRUE(host_.send(
          id_, Bytes(all_.begin() + static_cast<long>(at_), all_.begin() + static_cast<long>(at_ + size))));
      at_ += size;
    }
    if (at_ == all_.size() && !closed_) {
      host_.engine.close(id_);
      closed_ = true;
    }
  }

 private:
  Host& host_;
  ConnectionId id_;
  Bytes all_;
  u64 at_ = 0;
  bool closed_ = false;
  std::mt19937 random_;
};

TEST_P(Transfer, BothWays) {
  const auto& [which, seed] = GetParam();
  Network net(which.wire, seed);
  const auto [a, b] = net.connect();
  const Bytes up = pattern(200'000, seed), down = pattern(150'000, seed + 1);
  Feeder from_a(net.hosts[0], a, up, seed), from_b(net.hosts[1], b, down, seed);
  const bool done = net.run(3600 * kSecond, [&] {
    from_a.feed();
    from_b.feed();
    return !net.hosts[0].known(a).open && !net.hosts[1].known(b).open;
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(net.hosts[1].known(b).received, up);
  EXPECT_EQ(net.hosts[0].known(a).received, down);
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::Finished);
  EXPECT_EQ(net.hosts[1].known(b).reason, Reason::Finished);
  net.run(300 * kSecond);
  EXPECT_EQ(net.hosts[0].engine.connections(), 0u);
  EXPECT_EQ(net.hosts[1].engine.connections(), 0u);
  for (Host& host : net.hosts) {
    EXPECT_EQ(host.wire.outstanding(), 0u);
    EXPECT_EQ(host.engine.free_blocks(), TestPolicy::kReceiveBlocks);
    EXPECT_EQ(host.engine.free_pieces(), TestPolicy::kSendPieces);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Wires, Transfer,
    ::testing::Combine(::testing::Values(Case{"clean", {}}, Case{"lossy", {.lose = 0.05}},
                                         Case{"awful",
                                              {.lose = 0.1, .twice = 0.1, .damage = 0.05, .delay = 0.3}},
                                         Case{"reordering", {.delay = 0.3}}, Case{"doubling", {.twice = 0.5}},
                                         Case{"damaging", {.damage = 0.1}}, Case{"instant", {.latency = 0}},
                                         Case{"slow", {.lose = 0.02, .latency = 300 * kMillisecond}}),
                       ::testing::Values(1u, 2u, 3u)),
    [](const auto& each) {
      return std::string(std::get<0>(each.param).name) + std::to_string(std::get<1>(each.param));
    });

TEST(Transfers, CleanWireNeedsNoRetransmission) {
  Network net;
  const auto [a, b] = net.connect();
  const Bytes data = pattern(500'000, 9);
  ASSERT_TRUE(net.hosts[0].send(a, data));
  net.hosts[0].engine.close(a);
  ASSERT_TRUE(net.run(60 * kSecond, [&] { return net.hosts[1].known(b).received.size() == data.size(); }));
  EXPECT_EQ(net.hosts[1].known(b).received, data);
  EXPECT_EQ(net.hosts[0].engine.counters().retransmitted, 0u);
  EXPECT_EQ(net.hosts[0].engine.counters().fast_retransmits, 0u);
}

TEST(Transfers, ASingleLossIsRepairedWithoutTheTimer) {
  Network net;
  const auto [a, b] = net.connect();
  int big = 0;
  net.lose_if = [&](int from, const Bytes& frame) { return from == 0 && frame.size() > 1000 && ++big == 12; };
  const Bytes data = pattern(100'000, 9);
  ASSERT_TRUE(net.hosts[0].send(a, data));
  ASSERT_TRUE(net.run(60 * kSecond, [&] { return net.hosts[1].known(b).received.size() == data.size(); }));
  EXPECT_EQ(net.hosts[1].known(b).received, data);
  EXPECT_EQ(net.hosts[0].engine.counters().timeouts, 0u);
}

TEST(Transfers, SmallSegmentsThatArriveTogetherTellALossToo) {
  Network net;
  const auto [a, b] = net.connect();
  Bytes data = pattern(60'000, 9);
  int small = 0;
  net.lose_if = [&](int from, const Bytes& frame) { return from == 0 && frame.size() > 60 && ++small == 1; };
  for (int i = 0; i < 8; i++) {
    ASSERT_TRUE(net.hosts[0].send(a, Bytes(data.begin() + i * 100, data.begin() + i * 100 + 100)));
    net.run(0);  // each leaves as a segment of its own
  }
  ASSERT_TRUE(net.run(60 * kSecond, [&] { return net.hosts[1].known(b).received.size() == 800; }));
  EXPECT_EQ(net.hosts[0].engine.counters().fast_retransmits, 1u);
  EXPECT_EQ(net.hosts[0].engine.counters().timeouts, 0u);
  EXPECT_EQ(net.hosts[1].known(b).received, Bytes(data.begin(), data.begin() + 800));
}

TEST(Transfers, ALinkWithoutBuffersDelaysButLosesNothing) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[0].wire.limit = 0;
  const Bytes data = pattern(5'000, 9);
  ASSERT_TRUE(net.hosts[0].send(a, data));
  EXPECT_EQ(net.hosts[0].engine.poll(net.now), net.now + kMillisecond);
  net.run(50 * kMillisecond);
  EXPECT_TRUE(net.hosts[1].known(b).received.empty());
  net.hosts[0].wire.limit = 1000;
  net.hosts[0].wire.card_full = true;
  net.run(50 * kMillisecond);
  net.hosts[0].wire.card_full = false;
  ASSERT_TRUE(net.run(kSecond, [&] { return net.hosts[1].known(b).received.size() == data.size(); }));
  EXPECT_EQ(net.hosts[1].known(b).received, data);
  EXPECT_EQ(net.hosts[0].engine.counters().retransmitted, 0u);
}

TEST(Transfers, SlowReaderStopsAndGoes) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[1].reading = false;
  const Bytes data = pattern(50'000, 9);
  ASSERT_TRUE(net.hosts[0].send(a, data));
  net.run(300 * kSecond);  // far longer than a dead peer is suffered
  EXPECT_GT(net.hosts[0].engine.counters().probes, 5u);
  EXPECT_TRUE(net.hosts[0].known(a).open);
  EXPECT_EQ(net.hosts[1].engine.inspect(b)->receive.ready(), kWindow);
  net.hosts[1].reading = true;
  net.hosts[1].read(b);
  ASSERT_TRUE(net.run(60 * kSecond, [&] { return net.hosts[1].known(b).received.size() == data.size(); }));
  EXPECT_EQ(net.hosts[1].known(b).received, data);
}

TEST(Transfers, AWindowUpdateThatIsLostIsProbedFor) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[1].reading = false;
  const Bytes data = pattern(2 * kWindow, 9);
  ASSERT_TRUE(net.hosts[0].send(a, data));
  net.run(2 * kSecond);
  net.lose_if = [&](int from, const Bytes&) { return from == 1; };
  net.hosts[1].reading = true;
  net.hosts[1].read(b);
  net.run(20 * kMillisecond);
  net.lose_if = nullptr;
  ASSERT_TRUE(net.run(60 * kSecond, [&] { return net.hosts[1].known(b).received.size() == data.size(); }));
  EXPECT_EQ(net.hosts[1].known(b).received, data);
}

TEST(Transfers, ADeadPeerIsGivenUp) {
  Network net;
  const auto [a, b] = net.connect();
  net.lose_if = [](int, const Bytes&) { return true; };
  ASSERT_TRUE(net.hosts[0].send(a, Bytes(100)));
  ASSERT_TRUE(net.hosts[0].send(a, Bytes(100)));
  const u64 before = net.now;
  net.run(1000 * kSecond);
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::TimedOut);
  EXPECT_EQ(net.hosts[0].engine.counters().timeouts, Settings{}.data_tries);
  EXPECT_GT(net.now - before, 100 * kSecond);
}

TEST(Transfers, SimultaneousClose) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[0].engine.close(a);
  net.hosts[1].engine.close(b);
  net.run(5 * kSecond);
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::Finished);
  EXPECT_EQ(net.hosts[1].known(b).reason, Reason::Finished);
  EXPECT_EQ(net.hosts[0].engine.waiting(), 1u) << "both wait";
  EXPECT_EQ(net.hosts[1].engine.waiting(), 1u);
}

TEST(Transfers, HalfClosedStillReceives) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[0].engine.close(a);
  net.run(kSecond);
  EXPECT_TRUE(net.hosts[1].engine.finished(b));
  EXPECT_FALSE(net.hosts[0].engine.send(a, {kMacs[0].bytes, 1}, 0)) << "closed for sending";
  ASSERT_TRUE(net.hosts[1].send(b, Bytes(3000, 7)));
  net.run(kSecond);
  EXPECT_EQ(net.hosts[0].known(a).received, Bytes(3000, 7));
  net.hosts[1].engine.close(b);
  net.run(kSecond);
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::Finished);
}

TEST(Transfers, SimultaneousOpen) {
  Network net;
  // Each dials the port that the other dials from: the first ephemeral ones are found by trial.
  const auto a = net.hosts[0].engine.connect(net.now, kAddresses[1], 1);
  net.hosts[0].engine.poll(net.now);
  ASSERT_TRUE(a);
  Connection<TestPolicy>* c = nullptr;
  for (Connection<TestPolicy>& each : net.hosts[0].storage->connections)
    if (each.state == State::SynSent) c = &each;
  ASSERT_NE(c, nullptr);
  const u16 port = c->flow.local_port;
  net.hosts[0].engine.abort(*a);
  net.hosts[0].wire.frames();
  // Host 1 dials host 0 at `port + 1`; host 0 then uses that port next.
  const auto b = net.hosts[1].engine.connect(net.now, kAddresses[0], static_cast<u16>(port + 1));
  ASSERT_TRUE(b);
  net.hosts[1].connections[tcp::test::Host::key_of(*b)];
  u16 theirs = 0;
  for (Connection<TestPolicy>& each : net.hosts[1].storage->connections)
    if (each.state == State::SynSent) theirs = each.flow.local_port;
  const auto a2 = net.hosts[0].engine.connect(net.now, kAddresses[1], theirs);
  ASSERT_TRUE(a2);
  net.hosts[0].connections[tcp::test::Host::key_of(*a2)];
  net.run(5 * kSecond);
  ASSERT_EQ(net.hosts[0].opens.size(), 1u);
  ASSERT_EQ(net.hosts[1].opens.size(), 1u);
  ASSERT_TRUE(net.hosts[0].send(*a2, Bytes(100, 3)));
  net.run(kSecond);
  EXPECT_EQ(net.hosts[1].known(*b).received, Bytes(100, 3));
}

TEST(Transfers, ConnectToNobody) {
  Network net;
  const auto id = net.hosts[0].engine.connect(net.now, kAddresses[1], 81);
  ASSERT_TRUE(id);
  net.hosts[0].connections[tcp::test::Host::key_of(*id)];
  net.run(kSecond);
  EXPECT_EQ(net.hosts[0].known(*id).reason, Reason::Reset);
  EXPECT_EQ(net.hosts[0].engine.connections(), 0u);
}

TEST(Transfers, ConnectToSilence) {
  Network net;
  net.lose_if = [](int, const Bytes&) { return true; };
  const auto id = net.hosts[0].engine.connect(net.now, kAddresses[1], 80);
  net.hosts[0].connections[tcp::test::Host::key_of(*id)];
  net.run(200 * kSecond);
  EXPECT_EQ(net.hosts[0].known(*id).reason, Reason::TimedOut);
}

TEST(Transfers, AbortResetsThePeer) {
  Network net;
  const auto [a, b] = net.connect();
  ASSERT_TRUE(net.hosts[0].send(a, Bytes(100)));
  net.hosts[0].forget(a);
  net.hosts[0].engine.abort(a);
  EXPECT_TRUE(net.hosts[0].known(a).tokens.empty()) << "references come back at once";
  EXPECT_FALSE(net.hosts[0].engine.send(a, {kMacs[0].bytes, 1}, 0)) << "the id is stale";
  net.run(kSecond);
  EXPECT_EQ(net.hosts[1].known(b).reason, Reason::Reset);
}

TEST(Transfers, AbortFromACallback) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[1].abort_in_callback = true;
  ASSERT_TRUE(net.hosts[1].send(b, Bytes(10)));
  ASSERT_TRUE(net.hosts[0].send(a, Bytes(10)));
  net.run(kSecond);
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::Reset);
  EXPECT_EQ(net.hosts[1].engine.connections(), 0u);
}

TEST(Transfers, UnreadDataOutlivesTheClose) {
  Network net;
  const auto [a, b] = net.connect();
  net.hosts[0].reading = false;
  ASSERT_TRUE(net.hosts[1].send(b, Bytes(500, 5)));
  net.hosts[0].engine.close(a);
  net.hosts[1].engine.close(b);
  net.run(kSecond);
  EXPECT_TRUE(net.hosts[0].known(a).open) << "its end is told when all has been read";
  net.hosts[0].reading = true;
  net.hosts[0].read(a);
  net.run(kSecond);
  EXPECT_EQ(net.hosts[0].known(a).received, Bytes(500, 5));
  EXPECT_EQ(net.hosts[0].known(a).reason, Reason::Finished);
}

}  // namespace
}  // namespace tcp::test
