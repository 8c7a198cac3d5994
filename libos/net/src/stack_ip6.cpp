// SPDX-License-Identifier: MIT
// Stack: IPv6 in and out (RFC 8200). Nothing is forwarded; extension headers are passed over.
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr u32 kMostExtensions = 6;  // more nobody means honestly

}  // namespace

bool Stack::for_us6(Address6 destination) const {
  if (!destination.multicast()) return v6_.ours(destination);
  return destination == kAllNodes || groups_.joined(destination);
}

void Stack::input_ip6(u64 now, std::span<const u8> packet, bool summed) {
  counters_.ip6_in++;
  if (packet.size() < kIp6Header || packet[0] >> 4 != 6) {
    counters_.ip6_bad++;
    return;
  }
  const u32 length = load_be16(&packet[kIp6Payload]);
  const Address6 source = load_address6(&packet[kIp6Source]);
  const Address6 destination = load_address6(&packet[kIp6Destination]);
  if (length > packet.size() - kIp6Header || source.multicast() || source.loopback() || source.mapped() ||
      destination.mapped() || v6_.ours(source)) {
    counters_.ip6_bad++;
    return;
  }
  if (!for_us6(destination) || (to_group_ && !destination.multicast())) {
    counters_.ip6_not_ours++;
    return;
  }
  Received received;
  received.source = source;
  received.destination = destination;
  received.payload = packet.subspan(kIp6Header, length);
  received.summed = summed;
  hop_limit_ = packet[kIp6HopLimit];
  u8 next = packet[kIp6Next];
  if (walk_extensions(now, next, received)) dispatch6(now, next, received);
}

// Goes to the protocol behind the extension headers (RFC 8200, 4). False: there is none, or the packet
// waits for its other fragments.
bool Stack::walk_extensions(u64 now, u8& next, Received& received) {
  for (u32 i = 0; i < kMostExtensions; i++) {
    const std::span<const u8> rest = received.payload;
    const bool extension =
        next == kHopByHop || next == kRouting || next == kFragmentHeader || next == kDestinationOptions;
    if (!extension) return next != kNoNext;
    if (rest.size() < 8) break;
    const u32 length = next == kFragmentHeader ? kFragmentLength : (rest[1] + 1u) * 8;
    if (length > rest.size()) break;
    if (next == kRouting && rest[3] != 0) break;  // others were to be visited (RFC 5095)
    received.payload = rest.subspan(length);
    const u16 field = load_be16(&rest[2]);
    const bool part = next == kFragmentHeader && (field & 0xfff9) != 0;
    next = rest[0];
    if (!part) continue;
    due_ = 0;
    counters_.ip_fragments++;
    const auto whole = reassembly_.add(now, {received.source, received.destination, load_be32(&rest[4]), next,
                                             (field & 1) != 0, field & 0xfff8u, received.payload});
    if (!whole) return false;
    counters_.ip_reassembled++;
    received.payload = *whole;
    received.summed = false;
  }
  counters_.ip6_extension++;
  return false;
}

void Stack::dispatch6(u64 now, u8 next, const Received& packet) {
  switch (next) {
    case kProtocolIcmp6:
      return input_icmp6(now, packet);
    case kProtocolUdp:
      return input_udp(now, packet);
    case kProtocolTcp:
      if (tcp_.function != nullptr) return tcp_.function(tcp_.context, now, packet);
      break;
    default:
      break;
  }
  counters_.ip_no_handler++;
}

void Stack::write_ip6(u8* buffer, u8 next, u8 hop_limit, Address6 from, Address6 to, u32 payload) {
  store_be16(buffer + kEthType, kTypeIpv6);
  u8* ip = buffer + kEthernetHeader;
  store_be32(ip, 0x60000000);
  store_be16(ip + kIp6Payload, static_cast<u16>(payload));
  ip[kIp6Next] = next;
  ip[kIp6HopLimit] = hop_limit;
  store_address6(ip + kIp6Source, from);
  store_address6(ip + kIp6Destination, to);
}

Sent Stack::route6(u64 now, Address6 to, u8* buffer, u32 length, std::span<const Piece> pieces,
                   const Offload& offload) {
  if (v6_on_ && to.multicast()) return transmit(station_of(to), buffer, length, pieces, offload);
  const Address6 hop = v6_on_ ? v6_.next_hop(now, to) : Address6{};
  const Address6 from = load_address6(buffer + kEthernetHeader + kIp6Source);
  if (hop.none() || from.none() || v6_.ours(to)) {
    link_.give_back(buffer);
    counters_.send_no_route++;
    return Sent::NoRoute;
  }
  return transmit_to(now, hop, buffer, length, pieces, offload);
}

}  // namespace net
