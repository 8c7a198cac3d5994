// SPDX-License-Identifier: MIT
#include "fixture.hpp"

namespace net::test {
namespace {

class IpTest : public StackTest {
 protected:
  IpTest() {
    stack.handle_tcp({this, [](void* p, u64, const Received& packet) {
                        auto& self = *static_cast<IpTest*>(p);
                        self.got.emplace_back(packet.payload.begin(), packet.payload.end());
                      }});
  }
  static void fix(Bytes& packet) {
    put16(packet, 10, 0);
    put16(packet, 10, slow_checksum(Bytes(packet.begin(), packet.begin() + (packet[0] & 15) * 4)));
  }
  std::vector<Bytes> got;
};

TEST_F(IpTest, DeliversThePayloadWithoutPadding) {
  Bytes packet = ipv4(6, kPeer, kOurs, {1, 2, 3});
  packet.resize(46);  // Ethernet's least
  receive_ip(packet);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], (Bytes{1, 2, 3}));
}

TEST_F(IpTest, PassesOverOptions) {
  Bytes packet = ipv4(6, kPeer, kOurs, {0, 0, 0, 0, 9});
  packet[0] = 0x46;
  fix(packet);
  receive_ip(packet);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], Bytes{9});
}

TEST_F(IpTest, EveryFlippedHeaderBitIsRefused) {
  const Bytes good = ipv4(6, kPeer, kOurs, {1, 2, 3});
  for (u32 bit = 0; bit < 20 * 8; bit++) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<u8>(1 << bit % 8);
    receive_ip(bad);
  }
  EXPECT_TRUE(got.empty());
}

TEST_F(IpTest, LengthsAreChecked) {
  Bytes longer = ipv4(6, kPeer, kOurs, {1, 2, 3});
  put16(longer, 2, 24);
  fix(longer);
  receive_ip(longer);
  Bytes shorter = ipv4(6, kPeer, kOurs, {1, 2, 3});
  put16(shorter, 2, 19);
  fix(shorter);
  receive_ip(shorter);
  Bytes header = ipv4(6, kPeer, kOurs, {1, 2, 3});
  header[0] = 0x4f;
  receive_ip(header);
  header[0] = 0x44;
  receive_ip(header);
  EXPECT_EQ(stack.counters().ip_bad_header, 4u);
  EXPECT_TRUE(got.empty());
}

TEST_F(IpTest, FragmentsAreCounted) {
  for (const u16 field : {0x2000, 0x0001, 0x1fff}) {
    Bytes packet = ipv4(6, kPeer, kOurs, {1, 2, 3});
    put16(packet, 6, field);
    fix(packet);
    receive_ip(packet);
  }
  EXPECT_EQ(stack.counters().ip_fragments, 3u);
  EXPECT_TRUE(got.empty());
}

TEST_F(IpTest, OthersPacketsAndImpossibleSources) {
  receive_ip(ipv4(6, kPeer, address(10, 0, 2, 16), {1}));
  EXPECT_EQ(stack.counters().ip_not_ours, 1u);
  for (const Address from : {kOurs, kBroadcast, address(10, 0, 2, 255), address(127, 0, 0, 1),
                             address(224, 0, 0, 1), address(240, 0, 0, 1)}) {
    receive_ip(ipv4(6, from, kOurs, {1}));
  }
  EXPECT_EQ(stack.counters().ip_bad_source, 6u);
  EXPECT_TRUE(got.empty());
}

TEST_F(IpTest, OthersFrames) {
  receive(ethernet(kPeerMac, kPeerMac, 0x0800, ipv4(6, kPeer, kOurs, {1})));
  receive(ethernet({{1, 0, 0x5e, 0, 0, 1}}, kPeerMac, 0x0800, ipv4(6, kPeer, kOurs, {1})));
  EXPECT_EQ(stack.counters().not_ours, 1u);
  EXPECT_EQ(stack.counters().ip_not_ours, 1u) << "to a group's station, but not to a group";
  receive(ethernet(kMac, kPeerMac, 0x86dd, Bytes(40)));
  EXPECT_EQ(stack.counters().unknown_type, 1u);
  EXPECT_TRUE(got.empty());
}

TEST_F(IpTest, SendsAWholeHeader) {
  know_peer();
  const u8 data[5] = {1, 2, 3, 4, 5};
  const Piece pieces[2] = {{data, 2}, {data + 2, 3}};
  u8* header = stack.take(kPeer, 4);
  for (u8 i = 0; i < 4; i++) header[i] = i;
  EXPECT_EQ(stack.send_ip(now, 6, kOurs, kPeer, header, 4, pieces), Sent::Yes);
  const Bytes frame = wire.frames().at(0);
  ASSERT_EQ(frame.size(), 14u + 20 + 9);
  EXPECT_EQ(slow_checksum(Bytes(frame.begin() + 14, frame.begin() + 34)), 0);
  EXPECT_EQ(get16(frame, 16), 29u);
  EXPECT_EQ(get16(frame, 20), 0x4000u) << "never to be fragmented";
  EXPECT_EQ(frame[23], 6);
  EXPECT_EQ(Bytes(frame.begin() + 34, frame.end()), (Bytes{0, 1, 2, 3, 1, 2, 3, 4, 5}));
}

TEST_F(IpTest, RefusesWhatIsTooLong) {
  know_peer();
  const Bytes data(1480);
  const Piece piece{data.data(), 1480};
  EXPECT_EQ(stack.send_ip(now, 6, kOurs, kPeer, stack.take(kPeer, 0), 0, std::span(&piece, 1)), Sent::Yes);
  EXPECT_EQ(stack.send_ip(now, 6, kOurs, kPeer, stack.take(kPeer, 1), 1, std::span(&piece, 1)),
            Sent::TooLong);
}

TEST_F(IpTest, AFullCardAndAnEmptyPool) {
  know_peer();
  wire.card_full = true;
  EXPECT_EQ(send_udp(kPeer), Sent::Busy);
  wire.limit = 0;
  EXPECT_EQ(send_udp(kPeer), Sent::Busy);
  EXPECT_EQ(stack.counters().send_busy, 2u);
}

}  // namespace
}  // namespace net::test
