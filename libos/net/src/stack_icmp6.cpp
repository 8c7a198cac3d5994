// SPDX-License-Identifier: MIT
// Stack: ICMPv6 (RFC 4443): echo requests are answered, errors go to whose packets they are about.
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr u8 kPortUnreachable6 = 4;

}  // namespace

Sent Stack::send_icmp6(u64 now, Address6 from, Address6 to, std::span<const u8> message) {
  const u32 length = static_cast<u32>(message.size());
  u8* out = take(IpAddress(to), length);
  if (out == nullptr) return Sent::Busy;
  memcpy(out, message.data(), length);
  store_be16(out + kIcmpChecksum, 0);
  Checksum sum;
  sum.add_pseudo_header(from, to, kProtocolIcmp6, length);
  sum.add(std::span<const u8>(out, length));
  store_be16(out + kIcmpChecksum, sum.finish());
  u8* buffer = out - headroom(IpAddress(to));
  write_ip6(buffer, kProtocolIcmp6, 255, from, to, length);  // RFC 4861, 7.1.1: it came from no router
  if (to.multicast()) return transmit(station_of(to), buffer, headroom(IpAddress(to)) + length, {});
  return route6(now, to, buffer, headroom(IpAddress(to)) + length, {}, {});
}

void Stack::input_icmp6(u64 now, const Received& packet) {
  due_ = 0;
  counters_.icmp6_in++;
  const std::span<const u8> m = packet.payload;
  Checksum sum;
  sum.add_pseudo_header(packet.source, packet.destination, kProtocolIcmp6, static_cast<u32>(m.size()));
  sum.add(m);
  if (m.size() < kIcmpHeader || sum.finish() != 0) {
    counters_.icmp6_bad++;
    return;
  }
  switch (m[0]) {
    case kUnreachable6:
    case kTooBig6:
    case kTimeExceeded6:
      return input_icmp6_error(now, m);
    case kEchoRequest6: {
      if (packet.source.none()) return;
      const IpAddress from = packet.destination.multicast() ? source_for(packet.source) : packet.destination;
      counters_.icmp6_echoed++;
      return echo(now, kProtocolIcmp6, kEchoReply6, from, packet);
    }
    case kMldQuery:
    case kMldReport:
      return input_mld(now, packet);
    case kRouterAdvertisement:
    case kSolicitation:
    case kAdvertisement:
      return input_neighbour(now, packet);
    default:
      counters_.icmp_other++;
  }
}

// What of our packet comes back is looked at if TCP or UDP follows its header at once, as we send it.
void Stack::input_icmp6_error(u64 now, std::span<const u8> message) {
  const std::span<const u8> ours_packet = message.subspan(kIcmpHeader);
  if (ours_packet.size() < kIp6Header + 8 || ours_packet[0] >> 4 != 6) {
    counters_.icmp6_bad++;
    return;
  }
  PathError error;
  error.source = load_address6(&ours_packet[kIp6Source]);
  error.destination = load_address6(&ours_packet[kIp6Destination]);
  error.payload = ours_packet.subspan(kIp6Header);
  if (message[0] == kTooBig6) {
    error.kind = PathError::Kind::TooBig;
    error.mtu = load_be32(&message[4]);
    error.size = kIp6Header + load_be16(&ours_packet[kIp6Payload]);
  } else if (message[0] == kTimeExceeded6) {
    error.kind = PathError::Kind::TimeExceeded;
  } else if (message[1] == kPortUnreachable6) {
    error.kind = PathError::Kind::Refused;
  }
  tell_error(now, ours_packet[kIp6Next], error);
}

}  // namespace net
