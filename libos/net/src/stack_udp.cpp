// SPDX-License-Identifier: MIT
// Stack: UDP (RFC 768).
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

bool Stack::open_udp(u16 port, Handler handler) {
  Port* free = nullptr;
  for (Port& p : ports_) {
    if (p.number == port) return false;
    if (p.number == 0 && free == nullptr) free = &p;
  }
  if (free == nullptr || port == 0) return false;
  *free = {port, handler};
  return true;
}

void Stack::close_udp(u16 port) {
  for (Port& p : ports_)
    if (p.number == port) p = {};
}

void Stack::input_udp(u64 now, const Received& packet) {
  counters_.udp_in++;
  if (packet.payload.size() < kUdpHeader) {
    counters_.udp_bad++;
    return;
  }
  const u32 length = load_be16(&packet.payload[kUdpLength]);
  if (length < kUdpHeader || length > packet.payload.size()) {
    counters_.udp_bad++;
    return;
  }
  const std::span<const u8> datagram = packet.payload.first(length);
  const bool summed = load_be16(&datagram[kUdpChecksum]) != 0;
  if (!summed && !packet.destination.is_v4()) {  // RFC 8200, 8.1: only IPv4 may go without
    counters_.udp_bad++;
    return;
  }
  if (summed && !packet.summed) {
    Checksum sum;
    sum.add_pseudo_header(packet.source, packet.destination, kProtocolUdp, length);
    sum.add(datagram);
    if (sum.finish() != 0) {
      counters_.udp_bad++;
      return;
    }
  }
  const u16 port = load_be16(&datagram[kUdpDestination]);
  for (const Port& p : ports_) {
    if (p.number == 0 || p.number != port) continue;
    Received received = packet;
    received.payload = datagram.subspan(kUdpHeader);
    received.source_port = load_be16(datagram.data());
    return p.handler.function(p.handler.context, now, received);
  }
  counters_.udp_no_port++;
}

Sent Stack::send_udp(u64 now, u16 source_port, IpAddress to, u16 port, std::span<const u8> payload) {
  if (payload.size() > kMaxDatagram - kUdpHeader) return Sent::TooLong;
  const u32 length = kUdpHeader + static_cast<u32>(payload.size());
  const IpAddress from = source_for(to);
  u8 header[kUdpHeader];
  store_be16(header, source_port);
  store_be16(header + kUdpDestination, port);
  store_be16(header + kUdpLength, static_cast<u16>(length));
  store_be16(header + kUdpChecksum, 0);
  Checksum sum;
  sum.add_pseudo_header(from, to, kProtocolUdp, length);
  sum.add(std::span<const u8>(header));
  sum.add(payload);
  const u16 checksum = sum.finish();
  store_be16(header + kUdpChecksum, checksum != 0 ? checksum : 0xffff);  // 0 would mean "none"
  if (headroom(to) - kEthernetHeader + length > path_mtu(to))
    return send_udp_fragments(now, from, to, header, payload);
  u8* udp = take(to, length);
  if (udp == nullptr) return Sent::Busy;
  memcpy(udp, header, kUdpHeader);
  if (!payload.empty()) memcpy(udp + kUdpHeader, payload.data(), payload.size());
  return send_ip(now, kProtocolUdp, from, to, udp, length);
}

// RFC 791, 3.2; RFC 8200, 4.5. The first fragment that cannot leave ends it: the rest would be useless.
Sent Stack::send_udp_fragments(u64 now, IpAddress from, IpAddress to, std::span<const u8> header,
                               std::span<const u8> payload) {
  const u32 before = to.is_v4() ? kIpHeader : kIp6Header + kFragmentLength;
  const u32 most = (path_mtu(to) - before) & ~7u;
  const u32 total = static_cast<u32>(header.size() + payload.size());
  const auto byte = [&](u32 i) { return i < header.size() ? header[i] : payload[i - header.size()]; };
  for (u32 offset = 0; offset < total; offset += most) {
    const u32 length = total - offset < most ? total - offset : most;
    const u32 extra = to.is_v4() ? 0 : kFragmentLength;
    u8* data = take(to, extra + length);
    if (data == nullptr) return Sent::Busy;
    for (u32 i = 0; i < length; i++) data[extra + i] = byte(offset + i);
    const Sent sent = send_fragment(now, from, to, data, extra + length, offset, offset + length < total);
    if (sent != Sent::Yes && sent != Sent::Held) return sent;
  }
  next_id_++;
  return Sent::Yes;
}

Sent Stack::send_fragment(u64 now, IpAddress from, IpAddress to, u8* data, u32 length, u32 offset,
                          bool more) {
  u8* buffer = data - headroom(to);
  const u32 total = headroom(to) + length;
  if (to.is_v4()) {
    const u16 field = static_cast<u16>(offset / 8 | (more ? kMoreFragments : 0u));
    write_ip4(buffer, kProtocolUdp, from.v4(), to.v4(), total - kEthernetHeader, field);
    return route(now, to.v4(), buffer, total, {}, {});
  }
  data[0] = kProtocolUdp;
  data[1] = 0;
  store_be16(data + 2, static_cast<u16>(offset | (more ? 1u : 0u)));
  store_be32(data + 4, next_id_);
  write_ip6(buffer, kFragmentHeader, kTtl, from.v6(), to.v6(), length);
  return route6(now, to.v6(), buffer, total, {}, {});
}

}  // namespace net
