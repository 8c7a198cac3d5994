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
  return send_datagram(now, kProtocolUdp, from, to, header, payload);
}

}  // namespace net
