// SPDX-License-Identifier: MIT
// Where fields lie in the headers (RFC 894, 826, 791, 792, 768), and stations read and written.
#pragma once
#include "base/endian.hpp"
#include "base/memory.hpp"
#include "net/ip_address.hpp"

namespace net::wire {

using namespace base;

inline constexpr u16 kTypeIpv4 = 0x0800, kTypeArp = 0x0806, kTypeIpv6 = 0x86dd;

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

inline constexpr u16 kMoreFragments = 0x2000, kOffsetMask = 0x1fff;

// IPv6 (RFC 8200)
inline constexpr u32 kIp6Payload = 4, kIp6Next = 6, kIp6HopLimit = 7, kIp6Source = 8, kIp6Destination = 24;
inline constexpr u8 kHopByHop = 0, kRouting = 43, kFragmentHeader = 44, kNoNext = 59,
                    kDestinationOptions = 60;
inline constexpr u32 kFragmentLength = 8;

// ICMP (RFC 792, RFC 4443)
inline constexpr u32 kIcmpHeader = 8, kIcmpChecksum = 2;
inline constexpr u8 kEchoReply = 0, kUnreachable = 3, kEchoRequest = 8, kTimeExceeded = 11;
inline constexpr u8 kUnreachable6 = 1, kTooBig6 = 2, kTimeExceeded6 = 3, kEchoRequest6 = 128,
                    kEchoReply6 = 129;

// IGMP (RFC 2236) and MLD (RFC 2710)
inline constexpr u8 kIgmpQuery = 0x11, kIgmpReport1 = 0x12, kIgmpReport = 0x16, kIgmpLeave = 0x17;
inline constexpr u8 kMldQuery = 130, kMldReport = 131, kMldDone = 132;

// Neighbour discovery (RFC 4861)
inline constexpr u8 kRouterSolicitation = 133, kRouterAdvertisement = 134, kSolicitation = 135,
                    kAdvertisement = 136;
inline constexpr u8 kSourceStation = 1, kTargetStation = 2, kPrefixInformation = 3, kMtuOption = 5;

// UDP
inline constexpr u32 kUdpHeader = 8, kUdpDestination = 2, kUdpLength = 4, kUdpChecksum = 6;

inline Mac load_mac(const u8* p) {
  Mac mac;
  __builtin_memcpy(mac.bytes, p, 6);  // memcpy is a call here
  return mac;
}
inline void store_mac(u8* p, const Mac& mac) { __builtin_memcpy(p, mac.bytes, 6); }
inline Address load_address(const u8* p) { return {load_be32(p)}; }
inline void store_address(u8* p, Address a) { store_be32(p, a.value); }

inline Address6 load_address6(const u8* p) {
  return {u64{load_be32(p)} << 32 | load_be32(p + 4), u64{load_be32(p + 8)} << 32 | load_be32(p + 12)};
}
inline void store_address6(u8* p, Address6 a) {
  store_be32(p, static_cast<u32>(a.high >> 32));
  store_be32(p + 4, static_cast<u32>(a.high));
  store_be32(p + 8, static_cast<u32>(a.low >> 32));
  store_be32(p + 12, static_cast<u32>(a.low));
}
// Where multicast goes (RFC 1112, 6.4; RFC 2464, 7).
inline Mac station_of(Address group) {
  const u32 v = group.value;
  return {{1, 0, 0x5e, static_cast<u8>(v >> 16 & 127), static_cast<u8>(v >> 8), static_cast<u8>(v)}};
}
inline Mac station_of(Address6 group) {
  Mac mac{{0x33, 0x33}};
  store_be32(mac.bytes + 2, static_cast<u32>(group.low));
  return mac;
}

}  // namespace net::wire
