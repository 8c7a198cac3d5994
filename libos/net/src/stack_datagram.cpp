// SPDX-License-Identifier: MIT
// Stack: messages that are copied into packets, in fragments where the path takes no more (RFC 791, 3.2; RFC
// 8200, 4.5): UDP, and the answers to echo requests.
#include "base/memory.hpp"
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

Sent Stack::send_datagram(u64 now, u8 protocol, IpAddress from, IpAddress to, std::span<const u8> header,
                          std::span<const u8> payload) {
  const u32 length = static_cast<u32>(header.size() + payload.size());
  if (headroom(to) - kEthernetHeader + length > path_mtu(to))
    return send_fragments(now, protocol, from, to, header, payload);
  u8* data = take(to, length);
  if (data == nullptr) return Sent::Busy;
  memcpy(data, header.data(), header.size());
  if (!payload.empty()) memcpy(data + header.size(), payload.data(), payload.size());
  return send_ip(now, protocol, from, to, data, length);
}

// The first fragment that cannot leave ends it: the rest would be useless.
Sent Stack::send_fragments(u64 now, u8 protocol, IpAddress from, IpAddress to, std::span<const u8> header,
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
    const Part part{protocol, offset + length < total, offset, length};
    const Sent sent = send_fragment(now, from, to, data, part);
    if (sent != Sent::Yes && sent != Sent::Held) return sent;
  }
  next_id_++;
  return Sent::Yes;
}

Sent Stack::send_fragment(u64 now, IpAddress from, IpAddress to, u8* data, const Part& part) {
  u8* buffer = data - headroom(to);
  if (to.is_v4()) {
    const u16 field = static_cast<u16>(part.offset / 8 | (part.more ? kMoreFragments : 0u));
    write_ip4(buffer, part.protocol, from.v4(), to.v4(), kIpHeader + part.length, field);
    return route(now, to.v4(), buffer, kHeadroom + part.length, {}, {});
  }
  data[0] = part.protocol;
  data[1] = 0;
  store_be16(data + 2, static_cast<u16>(part.offset | (part.more ? 1u : 0u)));
  store_be32(data + 4, next_id_);
  const u32 length = kFragmentLength + part.length;
  write_ip6(buffer, kFragmentHeader, kTtl, from.v6(), to.v6(), length);
  return route6(now, to.v6(), buffer, headroom(to) + length, {}, {});
}

}  // namespace net
