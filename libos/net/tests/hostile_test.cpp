// SPDX-License-Identifier: MIT
// Frames that nobody should send, in memory of exactly their size: the address sanitizer sees every
// byte that is read beyond. What must hold besides: no crash, and no buffer is lost.
#include <random>

#include "fixture.hpp"
#include "net/dhcp.hpp"

namespace net::test {
namespace {

class HostileTest : public StackTest {
 protected:
  HostileTest() {
    dhcp.start(now, stack, 1);
    stack.handle_tcp({nullptr, [](void*, u64, const Received&) {}});
  }
  std::vector<Bytes> seeds() const {
    return {
        ethernet(kMac, kPeerMac, 0x0806, arp(1, kPeerMac, kPeer, Mac{}, kOurs)),
        ethernet(kMac, kPeerMac, 0x0806, arp(2, kPeerMac, kPeer, kMac, kOurs)),
        ethernet(kMac, kPeerMac, 0x0800, ipv4(1, kPeer, kOurs, icmp(8, Bytes(20)))),
        ethernet(kMac, kPeerMac, 0x0800, ipv4(17, kPeer, kOurs, udp(kPeer, 67, kOurs, 68, Bytes(260)))),
        ethernet(kMac, kPeerMac, 0x0800, ipv4(6, kPeer, kOurs, Bytes(40))),
    };
  }
  Dhcp dhcp;
};

TEST_F(HostileTest, CutAtEveryLength) {
  for (const Bytes& seed : seeds())
    for (u64 n = 0; n <= seed.size(); n++) receive(Bytes(seed.begin(), seed.begin() + static_cast<long>(n)));
}

TEST_F(HostileTest, RandomChanges) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; round++) {
    const auto all = seeds();
    Bytes frame = all[random() % all.size()];
    for (u32 i = random() % 4; i-- > 0;) frame[random() % frame.size()] = static_cast<u8>(random());
    if (random() % 2 == 0 && frame.size() > 34 && frame[12] == 8 && frame[13] == 0) {
      put16(frame, 24, 0);  // let the change through to what lies behind
      put16(frame, 24, slow_checksum(Bytes(frame.begin() + 14, frame.begin() + 34)));
    }
    frame.resize(frame.size() - random() % 8);
    receive(frame);
    now += random() % kSecond;
    stack.poll(now);
    dhcp.poll(now);
    wire.frames();
  }
  held = wire.outstanding();
  EXPECT_LE(held, kNeighbours * kHeldPackets);
}

TEST_F(HostileTest, RandomNoise) {
  std::mt19937 random(8);
  for (int round = 0; round < 20000; round++) {
    Bytes frame(random() % 80);
    for (u8& b : frame) b = static_cast<u8>(random());
    if (frame.size() >= 14) {
      std::copy(kMac.bytes, kMac.bytes + 6, frame.begin());
      put16(frame, 12, random() % 2 == 0 ? 0x0800 : 0x0806);
    }
    receive(frame);
  }
}

}  // namespace
}  // namespace net::test
