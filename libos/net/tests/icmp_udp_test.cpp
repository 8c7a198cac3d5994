// SPDX-License-Identifier: MIT
#include "fixture.hpp"

namespace net::test {
namespace {

using IcmpTest = StackTest;

TEST_F(IcmpTest, EchoesOddAndLongMessages) {
  know_peer();
  for (const u64 size : {0u, 1u, 57u, 1000u, 1472u}) {
    Bytes rest{0x12, 0x34, 0, 1};
    rest.resize(4 + size, 0x5a);
    receive_ip(ipv4(1, kPeer, kOurs, icmp(8, rest)));
    const auto sent = wire.frames();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(Bytes(sent[0].begin() + 34, sent[0].end()), icmp(0, rest));
    EXPECT_EQ(get32(sent[0], 30), kPeer.value);
  }
  EXPECT_EQ(stack.counters().icmp_echoed, 5u);
}

// One packet more than what goes into one comes in fragments, and so is its answer.
TEST_F(IcmpTest, EchoesFragments) {
  know_peer();
  for (const u64 size : {1473u, 4000u, 8180u}) {
    Bytes rest{0x12, 0x34, 0, 1};
    for (u64 i = 0; i < size; i++) rest.push_back(static_cast<u8>(i * 13));
    const Bytes request = icmp(8, rest);
    for (u64 at = 0; at < request.size(); at += 1480) {
      const auto from = request.begin() + static_cast<long>(at);
      const u64 length = std::min<u64>(1480, request.size() - at);
      const bool more = at + length < request.size();
      receive_ip(fragment4(kPeer, kOurs, static_cast<u16>(size), static_cast<u32>(at), more,
                           Bytes(from, from + static_cast<long>(length)), 1));
    }
    Bytes reply;
    u16 id = 0;
    for (const Bytes& frame : wire.frames()) {
      ASSERT_LE(frame.size(), 1514u);
      EXPECT_EQ(frame[23], 1);
      EXPECT_TRUE(reply.empty() || get16(frame, 18) == id);
      id = static_cast<u16>(get16(frame, 18));
      EXPECT_EQ((get16(frame, 20) & 0x1fffu) * 8, reply.size());
      reply.insert(reply.end(), frame.begin() + 34, frame.end());
      EXPECT_EQ((get16(frame, 20) & 0x2000u) != 0, reply.size() < request.size());
    }
    EXPECT_EQ(reply, icmp(0, rest)) << size;
  }
  EXPECT_EQ(stack.counters().icmp_echoed, 3u);
}

TEST_F(IcmpTest, IgnoresBroadcastOthersAndDamaged) {
  know_peer();
  receive_ip(ipv4(1, kPeer, address(10, 0, 2, 255), icmp(8, Bytes(8))));
  receive_ip(ipv4(1, kPeer, kOurs, icmp(3, Bytes(8))));
  EXPECT_EQ(stack.counters().icmp_other, 1u);
  EXPECT_EQ(stack.counters().icmp_bad, 1u) << "an error about nothing";
  Bytes damaged = icmp(8, Bytes(8));
  damaged[5] ^= 1;
  receive_ip(ipv4(1, kPeer, kOurs, damaged));
  receive_ip(ipv4(1, kPeer, kOurs, {8, 0, 0xf7, 0xff}));  // right sum, too short
  receive_ip(ipv4(1, kPeer, kOurs, {}));
  EXPECT_EQ(stack.counters().icmp_bad, 4u);
  EXPECT_TRUE(wire.frames().empty());
}

class UdpTest : public StackTest {
 protected:
  UdpTest() {
    EXPECT_TRUE(stack.open_udp(53, {this, [](void* p, u64, const Received& packet) {
                                      auto& self = *static_cast<UdpTest*>(p);
                                      self.from = packet.source_port;
                                      self.got.emplace_back(packet.payload.begin(), packet.payload.end());
                                    }}));
  }
  std::vector<Bytes> got;
  u16 from = 0;
};

TEST_F(UdpTest, DeliversToTheOpenPort) {
  receive_ip(ipv4(17, kPeer, kOurs, udp(kPeer, 777, kOurs, 53, {1, 2, 3})));
  receive_ip(ipv4(17, kPeer, kOurs, udp(kPeer, 777, kOurs, 54, {1, 2, 3})));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], (Bytes{1, 2, 3}));
  EXPECT_EQ(from, 777);
  EXPECT_EQ(stack.counters().udp_no_port, 1u);
  stack.close_udp(53);
  receive_ip(ipv4(17, kPeer, kOurs, udp(kPeer, 777, kOurs, 53, {1, 2, 3})));
  EXPECT_EQ(got.size(), 1u);
}

TEST_F(UdpTest, ChecksSumAndLength) {
  const Bytes good = udp(kPeer, 777, kOurs, 53, {1, 2, 3});
  for (u64 i = 0; i < good.size(); i++) {
    Bytes bad = good;
    bad[i] ^= 0x10;
    receive_ip(ipv4(17, kPeer, kOurs, bad));
  }
  EXPECT_TRUE(got.empty());
  Bytes none = good;
  put16(none, 6, 0);  // no checksum
  receive_ip(ipv4(17, kPeer, kOurs, none));
  EXPECT_EQ(got.size(), 1u);
  put16(none, 4, 7);
  receive_ip(ipv4(17, kPeer, kOurs, none));
  put16(none, 4, 12);
  receive_ip(ipv4(17, kPeer, kOurs, none));
  EXPECT_EQ(got.size(), 1u);
}

TEST_F(UdpTest, SendsWhatAPeerAccepts) {
  know_peer();
  for (const u64 size : {0u, 1u, 2u, 1472u}) {
    Bytes payload(size);
    for (u64 i = 0; i < size; i++) payload[i] = static_cast<u8>(i * 7);
    EXPECT_EQ(send_udp(kPeer, payload), Sent::Yes);
    const Bytes frame = wire.frames().at(0);
    EXPECT_EQ(Bytes(frame.begin() + 34, frame.end()), udp(kOurs, 1000, kPeer, 2000, payload));
  }
}

TEST_F(UdpTest, PortsAreBounded) {
  EXPECT_FALSE(stack.open_udp(53, {})) << "open already";
  EXPECT_FALSE(stack.open_udp(0, {}));
  for (u16 i = 1; i < kUdpPorts; i++) EXPECT_TRUE(stack.open_udp(static_cast<u16>(100 + i), {}));
  EXPECT_FALSE(stack.open_udp(200, {}));
  stack.close_udp(101);
  EXPECT_TRUE(stack.open_udp(200, {}));
}

TEST_F(UdpTest, BroadcastNeedsNoNeighbour) {
  EXPECT_EQ(send_udp(kBroadcast), Sent::Yes);
  EXPECT_EQ(send_udp(address(10, 0, 2, 255)), Sent::Yes);
  for (const Bytes& frame : wire.frames()) EXPECT_EQ(frame[0], 0xff);
  EXPECT_EQ(send_udp(kOurs), Sent::NoRoute);
}

}  // namespace
}  // namespace net::test
