// SPDX-License-Identifier: MIT
// Where fields lie in the headers (RFC 894, 826, 791, 792, 768), and stations read and written.
#pragma once
#include "base/endian.hpp"
#include "base/memory.hpp"
#include "net/types.hpp"

namespace net::wire {

using namespace base;

inline constexpr u16 kTypeIpv4 = 0x0800, kTypeArp = 0x0806;

// Ethernet
inline constexpr u32 kEthDestination = 0, kEthSource = 6, kEthType = 12;

// ARP for Ethernet and IPv4, from the start of the ARP packet
inline constexpr u32 kArpLength = 28;
inline constexpr u32 kArpOperation = 6, kArpSenderMac = 8, kArpSender = 14, kArpTargetMac = 18,
                     kArpTarget = 24;
inline constexpr u16 kArpRequest = 1, kArpReply = 2;

// IPv4
inline constexpr u32 kIpTotalLength = 2, kIpId = 4, kIpFragment = 6, kIpTtl = 8, kIpProtocol = 9;
inline constexpr u32 kIpChecksum = 10, kIpSource = 12, kIpDestination = 16;
inline constexpr u16 kDontFragment = 0x4000, kFragmentMask = 0x3fff;  // more-fragments flag and offset
inline constexpr u8 kTtl = 64;                                        // RFC 1700

// ICMP echo
inline constexpr u32 kIcmpHeader = 8, kIcmpChecksum = 2;
inline constexpr u8 kEchoReply = 0, kEchoRequest = 8;

// UDP
inline constexpr u32 kUdpHeader = 8, kUdpDestination = 2, kUdpLength = 4, kUdpChecksum = 6;

inline Mac load_mac(const u8* p) {
  Mac mac;
  memcpy(mac.bytes, p, 6);
  return mac;
}
inline void store_mac(u8* p, const Mac& mac) { memcpy(p, mac.bytes, 6); }
inline Address load_address(const u8* p) { return {load_be32(p)}; }
inline void store_address(u8* p, Address a) { store_be32(p, a.value); }

}  // namespace net::wire
