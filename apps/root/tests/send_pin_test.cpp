// SPDX-License-Identifier: MIT
#include "apps/root/send_pin.hpp"

#include <gtest/gtest.h>
#include <pcap/bpf.h>

#include <cstring>

namespace {

// Run by libpcap's interpreter, which is not ours.
bool passes(const abi::u8* mac, const abi::u8* packet, unsigned length) {
  const auto pin = root::source_pin(mac);
  bpf_insn program[pin.size()];
  static_assert(sizeof program == sizeof pin);
  memcpy(program, pin.data(), sizeof program);
  EXPECT_TRUE(bpf_validate(program, static_cast<int>(pin.size())));
  return bpf_filter(program, packet, length, length) != 0;
}

TEST(SourcePin, OnlyTheCardsOwnAddressPasses) {
  const abi::u8 mac[6] = {0x52, 0x54, 0x00, 0xff, 0x80, 0x01};
  abi::u8 packet[60] = {};
  memset(packet, 0xff, 6);
  memcpy(packet + 6, mac, 6);
  EXPECT_TRUE(passes(mac, packet, sizeof packet));
  EXPECT_TRUE(passes(mac, packet, 14));
  for (unsigned bit = 0; bit < 48; bit++) {
    packet[6 + bit / 8] ^= static_cast<abi::u8>(1 << bit % 8);
    EXPECT_FALSE(passes(mac, packet, sizeof packet)) << bit;
    packet[6 + bit / 8] ^= static_cast<abi::u8>(1 << bit % 8);
  }
  for (unsigned length = 0; length < 12; length++) EXPECT_FALSE(passes(mac, packet, length));
}

}  // namespace
