// SPDX-License-Identifier: MIT
// A stack at 10.0.2.15/24 behind a LinkDouble, with a peer on the same network.
#pragma once
#include <gtest/gtest.h>

#include "link_double.hpp"
#include "net/stack.hpp"

namespace net::test {

inline constexpr Mac kMac{{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
inline constexpr Mac kPeerMac{{0x52, 0x55, 10, 0, 2, 2}};
inline constexpr Address kOurs = address(10, 0, 2, 15);
inline constexpr Address kPeer = address(10, 0, 2, 2);
inline constexpr Address kFar = address(93, 184, 216, 34);
inline constexpr Interface kInterface{kOurs, 24, kPeer};

class StackTest : public ::testing::Test {
 protected:
  StackTest() {
    stack.start(wire.link(), kMac, kInterface);
    announcement = wire.frames();
  }
  ~StackTest() override { EXPECT_EQ(wire.outstanding(), held) << "buffers leaked"; }

  // Hands the stack a frame in memory of exactly its size.
  void receive(const Bytes& frame) {
    const std::unique_ptr<u8[]> exact(new u8[frame.size()]);
    std::copy(frame.begin(), frame.end(), exact.get());
    stack.input(now, std::span<const u8>(exact.get(), frame.size()));
  }
  void receive_arp(u16 operation, const Mac& mac, Address from, Address target) {
    receive(ethernet(kMac, mac, 0x0806, arp(operation, mac, from, kMac, target)));
  }
  void receive_ip(const Bytes& packet) { receive(ethernet(kMac, kPeerMac, 0x0800, packet)); }
  void know_peer() { receive_arp(2, kPeerMac, kPeer, kOurs); }
  Sent send_udp(Address to, const Bytes& payload = {1, 2, 3}) {
    return stack.send_udp(now, 1000, to, 2000, payload);
  }

  LinkDouble wire;
  Stack stack;
  u64 now = 5 * kSecond;
  u64 held = 0;  // buffers that the stack may still hold at the end
  std::vector<Bytes> announcement;
};

}  // namespace net::test
