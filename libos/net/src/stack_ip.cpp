// SPDX-License-Identifier: MIT
// Stack: IPv4 in and out (RFC 791, RFC 1122 section 3). Nothing is forwarded; options are passed over.
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr Address kAllSystems{0xe0000001};  // 224.0.0.1, RFC 1112

}  // namespace

bool Stack::broadcast(Address a) const {
  return a == kBroadcast || (!interface_.address.none() && !a.none() && a == interface_.broadcast());
}

bool Stack::for_us(Address destination) const {
  if (interface_.address.none()) return true;  // the frame was ours: a DHCP server's unicast answer
  if (destination == interface_.address || broadcast(destination)) return true;
  return destination.multicast() && (destination == kAllSystems || groups_.joined(destination));
}

// RFC 1122, 3.2.1.3: addresses that nobody can have sent from.
bool Stack::possible_source(Address source) const {
  if (source.multicast() || source.loopback() || source.value >= 0xf0000000u) return false;
  if (interface_.address.none()) return true;
  return source != interface_.address && !broadcast(source);
}

void Stack::input_ip(u64 now, std::span<const u8> packet, bool summed) {
  counters_.ip_in++;
  if (packet.size() < kIpHeader || packet[0] >> 4 != 4) {
    counters_.ip_bad_header++;
    return;
  }
  const u32 header = (packet[0] & 15u) * 4;
  const u32 total = load_be16(&packet[kIpTotalLength]);
  if (header < kIpHeader || total < header || total > packet.size()) {
    counters_.ip_bad_header++;
    return;
  }
  Checksum sum;
  sum.add(packet.first(header));
  if (sum.finish() != 0) {
    counters_.ip_bad_checksum++;
    return;
  }
  const Address source = load_address(&packet[kIpSource]);
  const Address destination = load_address(&packet[kIpDestination]);
  Received received;
  received.source = source;
  received.destination = destination;
  received.payload = packet.subspan(header, total - header);
  if (!for_us(destination) || (to_group_ && !destination.multicast())) {
    counters_.ip_not_ours++;
  } else if (!possible_source(source)) {
    counters_.ip_bad_source++;
  } else if ((load_be16(&packet[kIpFragment]) & kFragmentMask) != 0) {
    input_fragment(now, packet, received);
  } else {
    received.summed = summed;
    dispatch(now, packet[kIpProtocol], received);
  }
}

void Stack::input_fragment(u64 now, std::span<const u8> packet, Received& received) {
  due_ = 0;
  counters_.ip_fragments++;
  const u16 field = load_be16(&packet[kIpFragment]);
  const auto whole = reassembly_.add(
      now, {received.source, received.destination, load_be16(&packet[kIpId]), packet[kIpProtocol],
            (field & kMoreFragments) != 0, (field & kOffsetMask) * 8u, received.payload});
  if (!whole) return;
  counters_.ip_reassembled++;
  received.payload = *whole;
  received.summed = false;  // that was said of a part
  dispatch(now, packet[kIpProtocol], received);
}

void Stack::dispatch(u64 now, u8 protocol, const Received& packet) {
  switch (protocol) {
    case kProtocolIcmp:
      input_icmp(now, packet);
      return;
    case kProtocolIgmp:
      input_igmp(now, packet);
      return;
    case kProtocolUdp:
      input_udp(now, packet);
      return;
    case kProtocolTcp:
      if (tcp_.function != nullptr) return tcp_.function(tcp_.context, now, packet);
      break;
    default:
      break;
  }
  counters_.ip_no_handler++;
}

u8* Stack::take(IpAddress to, u32 size) {
  u8* buffer = link_.take(headroom(to) + size);
  if (buffer == nullptr) counters_.send_busy++;
  return buffer == nullptr ? nullptr : buffer + headroom(to);
}

// The neighbour through which `to` is reached, none if there is none.
Address Stack::next_hop(Address to) const { return interface_.neighbour(to) ? to : interface_.gateway; }

// All but the checksum, which is 0.
void Stack::fill_ip4(u8* buffer, u8 protocol, Address from, Address to, u32 total, u16 id, u16 fragment) {
  store_be16(buffer + kEthType, kTypeIpv4);
  u8* ip = buffer + kEthernetHeader;
  ip[0] = 0x45;
  ip[1] = 0;
  store_be16(ip + kIpTotalLength, static_cast<u16>(total));
  store_be16(ip + kIpId, id);
  store_be16(ip + kIpFragment, fragment);
  ip[kIpTtl] = to.multicast() ? 1 : kTtl;  // RFC 1112, 6.1
  ip[kIpProtocol] = protocol;
  store_be16(ip + kIpChecksum, 0);
  store_address(ip + kIpSource, from);
  store_address(ip + kIpDestination, to);
}

void Stack::write_ip4(u8* buffer, u8 protocol, Address from, Address to, u32 total, u16 fragment) {
  fill_ip4(buffer, protocol, from, to, total, next_id_, fragment);
  u8* ip = buffer + kEthernetHeader;
  Checksum sum;
  sum.add(std::span<const u8>(ip, kIpHeader));
  store_be16(ip + kIpChecksum, sum.finish());
}

Sent Stack::send_ip(u64 now, u8 protocol, IpAddress from, IpAddress to, u8* header, u32 length,
                    std::span<const Piece> pieces, Offload offload) {
  u32 total = headroom(to) - kEthernetHeader + length;
  for (const Piece& piece : pieces) total += piece.length;
  u8* buffer = header - headroom(to);
  const u32 most = offload.segment_size != 0 ? kMaxSegmentedBytes : kMtu;
  if (total > most || pieces.size() > kMaxPieces) {
    link_.give_back(buffer);
    return Sent::TooLong;
  }
  if (offload.by_card) offload.checksum_start = static_cast<u16>(headroom(to));
  if (offload.segment_size != 0) offload.header_length = static_cast<u16>(headroom(to) + length);
  if (!to.is_v4()) {
    write_ip6(buffer, protocol, kTtl, from.v6(), to.v6(), total - kIp6Header);
    return route6(now, to.v6(), buffer, headroom(to) + length, pieces, offload);
  }
  write_ip4(buffer, protocol, from.v4(), to.v4(), total, kDontFragment);
  next_id_++;
  return route(now, to.v4(), buffer, kHeadroom + length, pieces, offload);
}

Sent Stack::route(u64 now, Address to, u8* buffer, u32 length, std::span<const Piece> pieces,
                  const Offload& offload) {
  if (broadcast(to)) return transmit(kBroadcastMac, buffer, length, pieces, offload);
  if (to.multicast() && !interface_.address.none())
    return transmit(station_of(to), buffer, length, pieces, offload);
  const Address hop = next_hop(to);
  if (interface_.address.none() || hop.none() || to == interface_.address) {
    link_.give_back(buffer);
    counters_.send_no_route++;
    return Sent::NoRoute;
  }
  return transmit_to(now, hop, buffer, length, pieces, offload);
}

}  // namespace net
