// SPDX-License-Identifier: MIT
// IPv6: addresses, neighbours, routers, extension headers, UDP, groups (RFC 8200, 4861, 4862, 4443, 2710).
#include "fixture.hpp"

namespace net::test {
namespace {

constexpr Address6 kLocal{0xfe80000000000000, interface_id(kMac)};
constexpr Address6 kRouter{0xfe80000000000000, 1};
constexpr Address6 kStatic{0x20010db800000000, 5}, kNear{0x20010db800000000, 9}, kAway{0x20010db8ffff0000, 9};
constexpr Mac kMulticast{{0x33, 0x33, 0, 0, 0, 1}};

class V6 : public StackTest {
 protected:
  // Starts, and waits until nobody has objected.
  void start(Address6 address = kStatic, Address6 router = {}) {
    stack.start_v6(now, address, 64, router);
    first = wire.frames();
    now += kDadWait;
    stack.poll(now);
    wire.frames();
  }
  void receive6(const Bytes& packet, const Mac& to = kMac) {
    receive(ethernet(to, kPeerMac, 0x86dd, packet));
  }
  void receive_icmp(Address6 from, Address6 to, const Bytes& message, u8 hops = 255) {
    receive6(ipv6(58, from, to, icmp6(from, to, message), hops), to.multicast() ? kMulticast : kMac);
  }
  Bytes advertisement(Address6 target, u8 flags) {
    return joined(
        {{136, 0, 0, 0, flags, 0, 0, 0}, bytes_of(target), {2, 1}, {kPeerMac.bytes, kPeerMac.bytes + 6}});
  }
  Bytes solicitation(Address6 target) {
    return joined(
        {{135, 0, 0, 0, 0, 0, 0, 0}, bytes_of(target), {1, 1}, {kPeerMac.bytes, kPeerMac.bytes + 6}});
  }
  // With one prefix: 2001:db8:7::/64, both flags.
  Bytes router_advertisement(u16 lifetime, u32 valid, u32 preferred) {
    Bytes m{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    put16(m, 6, lifetime);
    Bytes option{3, 4, 64, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    put32(option, 4, valid);
    put32(option, 8, preferred);
    return joined({m, option, bytes_of(kPrefix)});
  }
  void know(Address6 a) {
    receive_icmp(a, v6_ours(), solicitation(v6_ours()));
    wire.frames();
  }
  Address6 v6_ours() const { return kStatic; }
  // What follows the IPv6 header of the only frame that was sent.
  Bytes only() {
    const auto sent = wire.frames();
    EXPECT_EQ(sent.size(), 1u);
    return sent.empty() ? Bytes(100) : Bytes(sent[0].begin() + 54, sent[0].end());
  }

  static constexpr Address6 kPrefix{0x20010db800070000, 0};
  static constexpr Address6 kMade{0x20010db800070000, interface_id(kMac)};
  std::vector<Bytes> first;
};

TEST_F(V6, OffUntilItIsWanted) {
  receive_icmp(kRouter, kLocal, Bytes{128, 0, 0, 0, 0, 1, 0, 1});
  EXPECT_EQ(stack.counters().unknown_type, 1u);
  EXPECT_EQ(stack.send_udp(now, 1, kNear, 2, Bytes{1}), Sent::NoRoute);
}

TEST_F(V6, AsksWhetherAnyoneHasItsAddresses) {
  start();
  u32 probes = 0;
  for (const Bytes& f : first) {
    if (f[20] != 58 || f[54] != 135) continue;
    probes++;
    EXPECT_EQ(Bytes(f.begin() + 22, f.begin() + 38), Bytes(16)) << "from nobody";
    EXPECT_EQ(f[21], 255);
    EXPECT_EQ(f[0], 0x33);
  }
  EXPECT_EQ(probes, 2u) << "the link-local one and the given one";
  EXPECT_TRUE(stack.ours(kLocal));
  EXPECT_TRUE(stack.ours(kStatic));
}

TEST_F(V6, AnObjectionTakesTheAddress) {
  stack.start_v6(now, kStatic, 64);
  receive_icmp(Address6{}, solicited_node(kStatic), joined({{135, 0, 0, 0, 0, 0, 0, 0}, bytes_of(kStatic)}));
  receive_icmp(kRouter, kAllNodes, advertisement(kLocal, 0x20));
  now += kDadWait;
  stack.poll(now);
  EXPECT_FALSE(stack.ours(kStatic));
  EXPECT_FALSE(stack.ours(kLocal));
  EXPECT_EQ(stack.counters().nd_duplicates, 2u);
}

TEST_F(V6, AnswersSolicitationsAndLearns) {
  start();
  receive_icmp(kNear, solicited_node(kStatic), solicitation(kStatic));
  const Bytes answer = only();
  EXPECT_EQ(answer[0], 136);
  EXPECT_EQ(answer[4], 0x60) << "solicited, override";
  EXPECT_EQ(Bytes(answer.begin() + 8, answer.begin() + 24), bytes_of(kStatic));
  EXPECT_EQ(stack.send_udp(now, 1, kNear, 2, Bytes{1}), Sent::Yes) << "no question needed";
}

TEST_F(V6, NothingThatCameOverARouterIsBelieved) {
  start();
  receive_icmp(kNear, solicited_node(kStatic), solicitation(kStatic), 254);
  EXPECT_TRUE(wire.frames().empty());
  Bytes broken = solicitation(kStatic);
  broken[25] = 0;  // an option of no length
  receive_icmp(kNear, solicited_node(kStatic), broken);
  receive_icmp(kNear, kStatic, Bytes{135, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(stack.counters().nd_bad, 3u);
}

TEST_F(V6, AsksForANeighbourAndHolds) {
  start();
  EXPECT_EQ(stack.send_udp(now, 1, kNear, 2, Bytes{1}), Sent::Held);
  const Bytes question = only();
  EXPECT_EQ(question[0], 135);
  EXPECT_EQ(Bytes(question.begin() + 8, question.begin() + 24), bytes_of(kNear));
  receive_icmp(kNear, kStatic, advertisement(kNear, 0x60));
  const Bytes datagram = only();
  EXPECT_EQ(datagram, udp(kStatic, 1, kNear, 2, {1})) << "checksum and all";
}

TEST_F(V6, AnAdvertisementThatNobodyAskedForChangesNothing) {
  start();
  receive_icmp(kNear, kAllNodes, advertisement(kNear, 0x20));
  EXPECT_EQ(stack.send_udp(now, 1, kNear, 2, Bytes{1}), Sent::Held);
  held = 1;
}

TEST_F(V6, SolicitsRoutersAndTakesWhatTheyAdvertise) {
  start({});
  u32 asked = 0;
  for (int i = 0; i < 20; i++, now += kSecond) {
    stack.poll(now);
    for (const Bytes& f : wire.frames()) asked += f[54] == 133 ? 1 : 0;
  }
  EXPECT_EQ(asked, 2u) << "three in all, one during start";
  receive_icmp(kRouter, kAllNodes, router_advertisement(1800, 10000, 5000));
  now += kDadWait;
  stack.poll(now);
  EXPECT_TRUE(stack.ours(kMade)) << "RFC 4862";
  wire.frames();
  EXPECT_EQ(stack.send_udp(now, 1, kAway, 2, Bytes{1}), Sent::Held);
  const Bytes question = only();
  EXPECT_EQ(Bytes(question.begin() + 8, question.begin() + 24), bytes_of(kRouter))
      << "the router is asked for";
  receive_icmp(kRouter, kLocal, advertisement(kRouter, 0x60));
  EXPECT_EQ(wire.frames().size(), 1u);
}

TEST_F(V6, LivesEndAndAreProlongedButNotCutShort) {
  start({});
  receive_icmp(kRouter, kAllNodes, router_advertisement(1800, 10000, 5000));
  now += kDadWait;
  stack.poll(now);
  receive_icmp(kRouter, kAllNodes, router_advertisement(1800, 1, 1));
  now += 7000 * kSecond;
  stack.poll(now);
  EXPECT_TRUE(stack.ours(kMade)) << "two hours are not taken from it";
  receive_icmp(kRouter, kAllNodes, router_advertisement(1800, 10000, 5000));
  now += 9999 * kSecond;
  stack.poll(now);
  EXPECT_TRUE(stack.ours(kMade));
  EXPECT_EQ(stack.send_udp(now, 1, kAway, 2, Bytes{1}), Sent::NoRoute) << "the router's word is old";
  now += 2 * kSecond;
  stack.poll(now);
  EXPECT_FALSE(stack.ours(kMade));
}

TEST_F(V6, EchoesAndIgnoresDamaged) {
  start();
  know(kNear);
  const Bytes request{128, 0, 0, 0, 0x12, 0x34, 0, 1, 5, 6, 7};
  receive_icmp(kNear, kStatic, request, 64);
  Bytes reply = request;
  reply[0] = 129;
  EXPECT_EQ(only(), icmp6(kStatic, kNear, reply));
  Bytes damaged = icmp6(kNear, kStatic, request);
  damaged[9] ^= 1;
  receive6(ipv6(58, kNear, kStatic, damaged));
  EXPECT_EQ(stack.counters().icmp6_bad, 1u);
  EXPECT_TRUE(wire.frames().empty());
}

TEST_F(V6, EchoesFragments) {
  start();
  know(kNear);
  Bytes request{128, 0, 0, 0, 0x12, 0x34, 0, 1};
  for (u64 i = 0; i < 4000; i++) request.push_back(static_cast<u8>(i * 13));
  const Bytes whole = icmp6(kNear, kStatic, request);
  for (u64 at = 0; at < whole.size(); at += 1448) {
    const u64 end = std::min<u64>(at + 1448, whole.size());
    Bytes header{58, 0, 0, 0, 0, 0, 0, 99};
    put16(header, 2, static_cast<u16>(at | (end < whole.size() ? 1 : 0)));
    receive6(ipv6(44, kNear, kStatic,
                  joined({header, Bytes(whole.begin() + static_cast<long>(at),
                                        whole.begin() + static_cast<long>(end))})));
  }
  Bytes reply;
  for (const Bytes& f : wire.frames()) {
    ASSERT_LE(f.size(), 1514u);
    EXPECT_EQ(f[20], 44);
    EXPECT_EQ(f[54], 58);
    EXPECT_EQ(get16(f, 56) & 0xfff8u, reply.size());
    reply.insert(reply.end(), f.begin() + 62, f.end());
  }
  request[0] = 129;
  EXPECT_EQ(reply, icmp6(kStatic, kNear, request));
}

class Udp6 : public V6 {
 protected:
  Udp6() {
    start();
    know(kNear);
    stack.open_udp(53, {this, [](void* p, u64, const Received& packet) {
                          static_cast<Udp6*>(p)->got.emplace_back(packet.payload.begin(),
                                                                  packet.payload.end());
                        }});
  }
  std::vector<Bytes> got;
};

TEST_F(Udp6, ExtensionHeadersArePassedOver) {
  const Bytes datagram = udp(kNear, 7, kStatic, 53, {1, 2});
  receive6(ipv6(17, kNear, kStatic, datagram));
  const Bytes options{60, 0, 1, 4, 0, 0, 0, 0}, more{17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  receive6(ipv6(0, kNear, kStatic, joined({options, more, datagram})));
  EXPECT_EQ(got.size(), 2u);
  receive6(ipv6(43, kNear, kStatic, joined({{17, 0, 0, 1, 0, 0, 0, 0}, datagram})));
  receive6(ipv6(60, kNear, kStatic, {17, 9, 0, 0, 0, 0, 0, 0}));
  receive6(ipv6(60, kNear, kStatic, {17, 0}));
  EXPECT_EQ(stack.counters().ip6_extension, 3u);
  EXPECT_EQ(got.size(), 2u);
  Bytes many;
  for (int i = 0; i < 10; i++)
    many = joined({{static_cast<u8>(i == 0 ? 17 : 60), 0, 1, 4, 0, 0, 0, 0}, many});
  receive6(ipv6(60, kNear, kStatic, joined({many, datagram})));
  EXPECT_EQ(stack.counters().ip6_extension, 4u) << "too many";
}

TEST_F(Udp6, FragmentsBothWays) {
  Bytes payload(4000);
  for (u64 i = 0; i < payload.size(); i++) payload[i] = static_cast<u8>(i * 11);
  EXPECT_EQ(stack.send_udp(now, 53, kNear, 7, payload), Sent::Yes);
  Bytes whole;
  const auto sent = wire.frames();
  EXPECT_EQ(sent.size(), 3u);
  for (const Bytes& f : sent) {
    EXPECT_LE(f.size(), 1514u);
    EXPECT_EQ(f[20], 44);
    EXPECT_EQ(get16(f, 56) & 0xfff8u, whole.size());
    whole.insert(whole.end(), f.begin() + 62, f.end());
  }
  EXPECT_EQ(whole, udp(kStatic, 53, kNear, 7, payload));
  const Bytes theirs = udp(kNear, 7, kStatic, 53, payload);
  for (u64 at = 0; at < theirs.size(); at += 1232) {
    const u64 end = std::min<u64>(at + 1232, theirs.size());
    Bytes header{17, 0, 0, 0, 0, 0, 0, 99};
    put16(header, 2, static_cast<u16>(at | (end < theirs.size() ? 1 : 0)));
    receive6(ipv6(44, kNear, kStatic,
                  joined({header, Bytes(theirs.begin() + static_cast<long>(at),
                                        theirs.begin() + static_cast<long>(end))})));
  }
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], payload);
}

TEST_F(Udp6, NoChecksumIsNoDatagram) {
  Bytes datagram = udp(kNear, 7, kStatic, 53, {1, 2});
  put16(datagram, 6, 0);
  receive6(ipv6(17, kNear, kStatic, datagram));
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(stack.counters().udp_bad, 1u);
}

TEST_F(Udp6, GroupsAreReportedByMld) {
  constexpr Address6 kGroup{0xff05000000000000, 0x1234};
  ASSERT_TRUE(stack.join(now, kGroup));
  auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0][20], 0) << "hop-by-hop: router alert";
  EXPECT_EQ(sent[0][62], 131);
  receive6(ipv6(17, kNear, kGroup, udp(kNear, 7, kGroup, 53, {1})), kMulticast);
  EXPECT_EQ(got.size(), 1u);
  now += 30 * kSecond;
  stack.poll(now);
  wire.frames();
  const Bytes query = joined({{130, 0, 0, 0, 3, 0xe8, 0, 0}, Bytes(16)});
  receive_icmp(kRouter, kAllNodes, query, 1);
  now += kSecond;
  stack.poll(now);
  u32 reports = 0;
  for (const Bytes& f : wire.frames()) reports += f.size() == 86 && f[62] == 131 ? 1 : 0;
  EXPECT_EQ(reports, 3u) << "the group and two solicited-node ones";
  stack.leave(now, kGroup);
  sent = wire.frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0][62], 132);
}

TEST_F(Udp6, HostileHeaders) {
  const Bytes good = ipv6(17, kNear, kStatic, udp(kNear, 7, kStatic, 53, {1, 2}));
  for (u64 size = 0; size < good.size(); size++)
    receive6(Bytes(good.begin(), good.begin() + static_cast<long>(size)));
  receive6(ipv6(17, kAllNodes, kStatic, Bytes(20)));
  receive6(ipv6(17, kStatic, kStatic, Bytes(20)));
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(stack.counters().ip6_bad, good.size() + 2);
}

TEST(Interface6Rules, SourceByScopeAndPrefix) {
  Interface6 v6;
  v6.add(0, kLocal);
  v6.add(0, kStatic);
  v6.add(0, {0x20010db8ffff0000, 1});
  v6.expire(kDadWait);
  EXPECT_EQ(v6.source_for(kSecond, kRouter), kLocal);
  EXPECT_EQ(v6.source_for(kSecond, kNear), kStatic);
  EXPECT_EQ(v6.source_for(kSecond, kAway).high, 0x20010db8ffff0000);
  EXPECT_EQ(v6.source_for(kSecond, kAllNodes), kLocal);
}

TEST(Interface6Rules, TablesAreBounded) {
  Interface6 v6;
  for (u64 i = 1; i <= 10; i++) {
    EXPECT_EQ(v6.add(0, {1, i}), i <= kAddresses6);
    v6.prefix({i << 32, 0}, 64, kForever);
    v6.router({0xfe80000000000000, i}, kForever);
  }
  EXPECT_FALSE(v6.add(0, {1, 1}));
  EXPECT_EQ(v6.next_hop(1, {u64{9} << 32, 1}).low, 1u) << "no place for the ninth prefix: by the router";
}

}  // namespace
}  // namespace net::test
