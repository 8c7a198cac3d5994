// SPDX-License-Identifier: MIT
// Stack: ICMP (RFC 792): echo requests are answered, errors about packets of ours go to whose they were,
// the rest is counted.
#include "net/checksum.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr u8 kProtocolUnreachable = 2, kPortUnreachable = 3, kFragmentationNeeded = 4;

}  // namespace

void Stack::input_icmp(u64 now, const Received& packet) {
  counters_.icmp_in++;
  const std::span<const u8> message = packet.payload;
  Checksum sum;
  sum.add(message);
  if (message.size() < kIcmpHeader || sum.finish() != 0) {
    counters_.icmp_bad++;
    return;
  }
  const bool to_us = packet.destination == interface_.address;
  if (to_us && (message[0] == kUnreachable || message[0] == kTimeExceeded))
    return input_icmp_error(now, message);
  // A broadcast is not answered, or one packet would make a whole network speak (RFC 1122, 3.2.2.6).
  if (message[0] != kEchoRequest || !to_us || packet.source.none()) {
    counters_.icmp_other++;
    return;
  }
  counters_.icmp_echoed++;
  echo(now, kProtocolIcmp, kEchoReply, packet.destination, packet);
}

// The same message back, as `type`, in fragments if it came in such.
void Stack::echo(u64 now, u8 protocol, u8 type, IpAddress from, const Received& packet) {
  const std::span<const u8> rest = packet.payload.subspan(kIcmpHeader);
  u8 header[kIcmpHeader];
  memcpy(header, packet.payload.data(), kIcmpHeader);
  header[0] = type;
  header[1] = 0;
  store_be16(header + kIcmpChecksum, 0);
  Checksum out;
  if (protocol == kProtocolIcmp6)
    out.add_pseudo_header(from, packet.source, protocol, static_cast<u32>(packet.payload.size()));
  out.add(std::span<const u8>(header));
  out.add(rest);
  store_be16(header + kIcmpChecksum, out.finish());
  (void)send_datagram(now, protocol, from, packet.source, header, rest);
}

// Behind the ICMP header stands the header of our packet and eight bytes of what was in it.
void Stack::input_icmp_error(u64 now, std::span<const u8> message) {
  const std::span<const u8> ours_packet = message.subspan(kIcmpHeader);
  if (ours_packet.size() < kIpHeader + 8 || ours_packet[0] >> 4 != 4) {
    counters_.icmp_bad++;
    return;
  }
  const u32 header = (ours_packet[0] & 15u) * 4;
  if (header < kIpHeader || ours_packet.size() < header + 8) {
    counters_.icmp_bad++;
    return;
  }
  PathError error;
  error.source = load_address(&ours_packet[kIpSource]);
  error.destination = load_address(&ours_packet[kIpDestination]);
  error.payload = ours_packet.subspan(header);
  const u8 code = message[1];
  if (message[0] == kTimeExceeded) {
    error.kind = PathError::Kind::TimeExceeded;
  } else if (code == kFragmentationNeeded) {
    error.kind = PathError::Kind::TooBig;
    error.mtu = load_be16(&message[6]);
    error.size = load_be16(&ours_packet[kIpTotalLength]);
  } else if (code == kPortUnreachable || code == kProtocolUnreachable) {
    error.kind = PathError::Kind::Refused;
  }
  tell_error(now, ours_packet[kIpProtocol], error);
}

// What is said of a packet that we cannot have sent is nobody's business. A new limit of the path is noted
// when the protocol has found that the packet was its own (RFC 5927, 4.1).
void Stack::tell_error(u64 now, u8 protocol, PathError& error) {
  if (!ours(error.source) || ours(error.destination)) {
    counters_.icmp_bad++;
    return;
  }
  counters_.icmp_errors++;
  if (protocol == kProtocolTcp && tcp_errors_.function != nullptr)
    tcp_errors_.function(tcp_errors_.context, now, error);
}

void Stack::note_path(u64 now, const PathError& error) {
  if (error.kind == PathError::Kind::TooBig) paths_.note(now, error.destination, error.mtu, error.size, kMtu);
}

}  // namespace net
