// SPDX-License-Identifier: MIT
// The short ways in and out do what the long ones do.
#include <random>

#include "fixture.hpp"

namespace net::test {
namespace {

// What comes of a frame: what the handler saw, and every counter.
struct Course {
  std::vector<Bytes> payloads;
  std::vector<u64> counters;
  bool operator==(const Course&) const = default;
};

class QuickTest : public StackTest {
 protected:
  QuickTest() {
    stack.handle_tcp({this, [](void* p, u64, const Received& packet) {
                        auto& self = *static_cast<QuickTest*>(p);
                        Bytes got(packet.payload.begin(), packet.payload.end());
                        got.resize(got.size() + 9, packet.summed ? 1 : 0);
                        put32(got, got.size() - 8, packet.source.v4().value);
                        put32(got, got.size() - 4, packet.destination.v4().value);
                        self.seen.push_back(got);
                      }});
  }
  Course course(const Bytes& frame, bool short_ways) {
    stack.use_short_ways(short_ways);
    const std::vector<u64> before = numbers();
    seen.clear();
    receive(frame);
    std::vector<u64> after = numbers();
    for (u64 i = 0; i < after.size(); i++) after[i] -= before[i];
    return {seen, after};
  }
  void expect_same(const Bytes& frame) { EXPECT_EQ(course(frame, true), course(frame, false)); }

  std::vector<Bytes> seen;

 private:
  std::vector<u64> numbers() const {
    const auto* first = reinterpret_cast<const u64*>(&stack.counters());
    return {first, first + sizeof(Counters) / sizeof(u64)};
  }
};

Bytes good_frame(u32 bytes = 40) {
  return ethernet(kMac, kPeerMac, 0x0800, ipv4(6, kPeer, kOurs, Bytes(bytes, 7)));
}

// A changed header with a checksum that is right for it.
void sum_again(Bytes& frame) {
  put16(frame, 24, 0);
  put16(frame, 24, slow_checksum(Bytes(frame.begin() + 14, frame.begin() + 34)));
}

TEST_F(QuickTest, AGoodFrameArrives) {
  EXPECT_EQ(course(good_frame(), true).payloads.size(), 1u);
  expect_same(good_frame());
}

TEST_F(QuickTest, AnyFlippedBitIsTreatedAlike) {
  const Bytes good = good_frame();
  for (u64 bit = 0; bit < 34 * 8; bit++) {
    Bytes frame = good;
    frame[bit / 8] ^= static_cast<u8>(1 << bit % 8);
    expect_same(frame);
    sum_again(frame);
    expect_same(frame);
  }
}

TEST_F(QuickTest, AnyLengthIsTreatedAlike) {
  const Bytes good = good_frame();
  for (u64 size = 0; size <= good.size(); size++)
    expect_same(Bytes(good.begin(), good.begin() + static_cast<i64>(size)));
  for (u32 total = 0; total < 100; total++) {
    Bytes frame = good;
    put16(frame, 16, static_cast<u16>(total));
    sum_again(frame);
    expect_same(frame);
  }
}

TEST_F(QuickTest, AnySourceIsTreatedAlike) {
  for (const Address from :
       {kOurs, kPeer, kFar, kBroadcast, address(10, 0, 2, 255), address(127, 0, 0, 1), Address{},
        address(224, 0, 0, 1), address(240, 0, 0, 1), address(239, 255, 255, 255)})
    expect_same(ethernet(kMac, kPeerMac, 0x0800, ipv4(6, from, kOurs, Bytes(20))));
}

TEST_F(QuickTest, NothingIsQuickWithoutAnAddress) {
  stack.configure({});
  expect_same(good_frame());
  Bytes frame(60);
  std::copy(kMac.bytes, kMac.bytes + 6, frame.begin());
  expect_same(frame);
}

// What send_ip and send_routed make of the same packet differs in the number, which only fragments need.
TEST_F(QuickTest, ARoutedPacketIsAsAnother) {
  know_peer();
  std::mt19937 random(1);
  for (const Address to : {kPeer, kFar}) {
    Route route{};
    ASSERT_TRUE(stack.prepare(6, kOurs, to, route));
    for (u32 length = 0; length < 60; length++) {
      const Bytes data(random() % 1000 + 1, static_cast<u8>(random()));
      const Piece piece{data.data(), static_cast<u32>(data.size())};
      const auto fill = [&](u8* header) {
        for (u32 i = 0; i < length; i++) header[i] = static_cast<u8>(i * length);
        return header;
      };
      ASSERT_EQ(stack.send_ip(now, 6, kOurs, to, fill(stack.take(to, length)), length, {&piece, 1}),
                Sent::Yes);
      ASSERT_EQ(stack.send_routed(now, route, fill(stack.take_routed(length)), length, {&piece, 1},
                                  piece.length, {}),
                Sent::Yes);
      std::vector<Bytes> frames = wire.frames();
      ASSERT_EQ(frames.size(), 2u);
      EXPECT_EQ(slow_checksum(Bytes(frames[1].begin() + 14, frames[1].begin() + 34)), 0);
      put16(frames[0], 18, 0);
      sum_again(frames[0]);
      EXPECT_EQ(frames[0], frames[1]);
    }
  }
}

TEST_F(QuickTest, TheSumsOfARouteAreRight) {
  know_peer();
  Route route{};
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  Bytes pseudo(10);
  put32(pseudo, 0, kOurs.value);
  put32(pseudo, 4, kPeer.value);
  put16(pseudo, 8, 6);
  EXPECT_EQ(static_cast<u16>(~__builtin_bswap16(route.pseudo)), slow_checksum(pseudo));
}

TEST_F(QuickTest, ARouteEndsWithWhatItWasMadeFrom) {
  Route route{};
  EXPECT_FALSE(stack.ready(route));
  EXPECT_FALSE(stack.prepare(6, kOurs, kPeer, route)) << "the neighbour is not known";
  know_peer();
  EXPECT_FALSE(stack.prepare(6, kOurs, kBroadcast, route));
  EXPECT_FALSE(stack.prepare(6, kOurs, address(224, 0, 0, 9), route));
  EXPECT_FALSE(stack.prepare(6, kOurs, kOurs, route));
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  EXPECT_TRUE(stack.ready(route));
  know_peer();
  EXPECT_TRUE(stack.ready(route)) << "it is still where it was";
  receive_arp(2, {{2, 2, 2, 2, 2, 2}}, kPeer, kOurs);
  EXPECT_FALSE(stack.ready(route)) << "it moved";
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  stack.configure({kOurs, 24, address(10, 0, 2, 3)});
  EXPECT_FALSE(stack.ready(route)) << "another gateway";
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  for (u64 until = now + 400 * kSecond; now < until; now += kSecond) stack.poll(now);
  (void)wire.frames();
  EXPECT_FALSE(stack.ready(route)) << "nobody answered for long";
}

// A neighbour that is sent to is not forgotten for one that is not.
TEST_F(QuickTest, ARoutedPacketKeepsItsNeighbour) {
  know_peer();
  Route route{};
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  for (u8 i = 0; i < 100; i++) {
    now += kSecond;
    ASSERT_EQ(stack.send_routed(now, route, stack.take_routed(20), 20, {}, 0, {}), Sent::Yes);
    receive_arp(1, {{2, 0, 0, 0, 0, i}}, address(10, 0, 2, static_cast<u8>(20 + i)), kOurs);
    ASSERT_TRUE(stack.ready(route) || stack.prepare(6, kOurs, kPeer, route)) << "after " << int{i};
  }
  (void)wire.frames();
}

TEST_F(QuickTest, TooLongAndBusyAreSaid) {
  know_peer();
  Route route{};
  ASSERT_TRUE(stack.prepare(6, kOurs, kPeer, route));
  const Bytes data(1500);
  const Piece piece{data.data(), 1500};
  EXPECT_EQ(stack.send_routed(now, route, stack.take_routed(20), 20, {&piece, 1}, 1500, {}), Sent::TooLong);
  wire.card_full = true;
  EXPECT_EQ(stack.send_routed(now, route, stack.take_routed(20), 20, {}, 0, {}), Sent::Busy);
}

}  // namespace
}  // namespace net::test
