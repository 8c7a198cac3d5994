// SPDX-License-Identifier: MIT
// ICMP errors about our packets, and what is remembered of a path (RFC 1191, RFC 8201).
#include "fixture.hpp"

namespace net::test {
namespace {

class PathTest : public StackTest {
 protected:
  PathTest() {
    know_peer();
    stack.handle_tcp({}, {this, [](void* p, u64 at, const PathError& error) {
                            auto& self = *static_cast<PathTest*>(p);
                            self.errors.push_back(error);
                            self.payload.assign(error.payload.begin(), error.payload.end());
                            if (self.believe) self.stack.note_path(at, error);
                          }});
  }
  void error(u8 type, u8 code, u16 mtu, Address from = kOurs, Address to = kFar, u64 length = 8) {
    Bytes m{code, 0, 0, 0, 0};
    put16(m, 3, mtu);
    const Bytes inner = ipv4(6, from, to, Bytes(length, 9));
    m.insert(m.end(), inner.begin(), inner.end());
    receive_ip(ipv4(1, kPeer, kOurs, icmp_message(type, m)));
  }
  std::vector<PathError> errors;
  Bytes payload;
  bool believe = true;
};

TEST_F(PathTest, KindsAreTold) {
  error(3, 4, 1400);
  error(3, 3, 0);
  error(3, 1, 0);
  error(11, 0, 0);
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].kind, PathError::Kind::TooBig);
  EXPECT_EQ(errors[0].mtu, 1400u);
  EXPECT_EQ(errors[0].destination, IpAddress(kFar));
  EXPECT_EQ(payload, Bytes(8, 9));
  EXPECT_EQ(errors[1].kind, PathError::Kind::Refused);
  EXPECT_EQ(errors[2].kind, PathError::Kind::Unreachable);
  EXPECT_EQ(errors[3].kind, PathError::Kind::TimeExceeded);
}

TEST_F(PathTest, OnlyAboutPacketsThatAreOurs) {
  error(3, 4, 1400, kPeer);
  error(3, 4, 1400, kOurs, kFar, 7);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(stack.counters().icmp_bad, 2u);
}

TEST_F(PathTest, LimitsAreNotedForAWhile) {
  EXPECT_EQ(stack.path_mtu(kFar), 1500u);
  believe = false;
  error(3, 4, 1300);
  EXPECT_EQ(stack.path_mtu(kFar), 1500u) << "the protocol did not know the packet";
  believe = true;
  error(3, 4, 1300);
  EXPECT_EQ(stack.path_mtu(kFar), 1300u);
  error(3, 4, 1400);
  EXPECT_EQ(stack.path_mtu(kFar), 1300u) << "never more";
  error(3, 4, 10);
  EXPECT_EQ(stack.path_mtu(kFar), kLeastMtu4);
  EXPECT_EQ(stack.path_mtu(kPeer), 1500u);
  now += kPathTime;
  stack.poll(now);
  EXPECT_EQ(stack.path_mtu(kFar), 1500u);
}

TEST_F(PathTest, OldRoutersDoNotSay) {
  error(3, 4, 0, kOurs, kFar, 1480);
  EXPECT_EQ(stack.path_mtu(kFar), 1492u);
  PathMtus paths;
  paths.note(1, kFar, 0, 1492, 1500);
  EXPECT_EQ(paths.find(2, kFar, 1500), 1280u);
  paths.note(1, kFar, 0, 100, 1500);
  EXPECT_EQ(paths.find(2, kFar, 1500), kLeastMtu4);
}

TEST_F(PathTest, TheOldestWordMakesRoom) {
  PathMtus paths;
  for (u32 i = 0; i <= kPaths; i++) paths.note(kSecond + i, Address{1000 + i}, 1000, 1500, 1500);
  EXPECT_EQ(paths.find(2 * kSecond, Address{1000}, 1500), 1500u);
  EXPECT_EQ(paths.find(2 * kSecond, Address{1001}, 1500), 1000u);
}

TEST_F(PathTest, UdpIsCutToThePath) {
  error(3, 4, 600);
  know_peer();
  EXPECT_EQ(stack.send_udp(now, 1, kFar, 2, Bytes(1000)), Sent::Yes);
  const auto sent = wire.frames();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_LE(sent[0].size(), 614u);
}

}  // namespace
}  // namespace net::test
