// SPDX-License-Identifier: MIT
#include "link_double.hpp"

#include <gtest/gtest.h>

#include "abi/net.hpp"

namespace net::test {

LinkDouble::~LinkDouble() {
  for (u8* buffer : taken_) delete[] buffer;
}

u8* LinkDouble::take(u32 size) {
  EXPECT_LE(size, abi::kMaxPacket);
  if (taken_.size() >= limit) return nullptr;
  return *taken_.insert(new u8[size]).first;
}

void LinkDouble::give_back(u8* buffer) {
  ASSERT_EQ(taken_.erase(buffer), 1u) << "not a buffer of this link, or given back twice";
  delete[] buffer;
}

bool LinkDouble::send(u8* buffer, u32 length, std::span<const Piece> pieces) {
  Bytes frame(buffer, buffer + length);
  EXPECT_LE(pieces.size(), kMaxPieces);
  for (const Piece& piece : pieces) {
    EXPECT_GT(piece.length, 0u);
    frame.insert(frame.end(), piece.data, piece.data + piece.length);
  }
  EXPECT_LE(frame.size(), abi::kMaxPacket);
  EXPECT_GE(frame.size(), 14u);
  give_back(buffer);
  if (card_full) return false;
  sent_.push_back(frame);
  return true;
}

u16 slow_checksum(const Bytes& bytes) {
  u32 sum = 0;
  for (u64 i = 0; i < bytes.size(); i++) {
    sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<u16>(~sum);
}

void put16(Bytes& to, u64 at, u16 value) {
  to.at(at) = static_cast<u8>(value >> 8);
  to.at(at + 1) = static_cast<u8>(value);
}
void put32(Bytes& to, u64 at, u32 value) {
  put16(to, at, static_cast<u16>(value >> 16));
  put16(to, at + 2, static_cast<u16>(value));
}
u16 get16(const Bytes& from, u64 at) { return static_cast<u16>(from.at(at) << 8 | from.at(at + 1)); }
u32 get32(const Bytes& from, u64 at) { return u32{get16(from, at)} << 16 | get16(from, at + 2); }

static void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

Bytes ethernet(const Mac& to, const Mac& from, u16 type, const Bytes& payload) {
  Bytes frame(to.bytes, to.bytes + 6);
  frame.insert(frame.end(), from.bytes, from.bytes + 6);
  frame.resize(14);
  put16(frame, 12, type);
  append(frame, payload);
  return frame;
}

Bytes ipv4(u8 protocol, Address from, Address to, const Bytes& payload) {
  Bytes p(20);
  p[0] = 0x45;
  put16(p, 2, static_cast<u16>(20 + payload.size()));
  p[8] = 61;
  p[9] = protocol;
  put32(p, 12, from.value);
  put32(p, 16, to.value);
  put16(p, 10, slow_checksum(p));
  append(p, payload);
  return p;
}

Bytes fragment4(Address from, Address to, u16 id, u32 offset, bool more, const Bytes& data, u8 protocol) {
  Bytes p = ipv4(protocol, from, to, data);
  put16(p, 4, id);
  put16(p, 6, static_cast<u16>(offset / 8 | (more ? 0x2000 : 0)));
  put16(p, 10, 0);
  put16(p, 10, slow_checksum(Bytes(p.begin(), p.begin() + 20)));
  return p;
}

Bytes bytes_of(Address6 a) {
  Bytes b(16);
  put32(b, 0, static_cast<u32>(a.high >> 32));
  put32(b, 4, static_cast<u32>(a.high));
  put32(b, 8, static_cast<u32>(a.low >> 32));
  put32(b, 12, static_cast<u32>(a.low));
  return b;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}

Bytes ipv6(u8 next, Address6 from, Address6 to, const Bytes& payload, u8 hop_limit) {
  const u16 length = static_cast<u16>(payload.size());
  return joined({{0x60, 0, 0, 0, static_cast<u8>(length >> 8), static_cast<u8>(length), next, hop_limit},
                 bytes_of(from),
                 bytes_of(to),
                 payload});
}

// The checksum of what is behind a pseudo-header.
static u16 pseudo_sum(u8 protocol, IpAddress from, IpAddress to, const Bytes& payload) {
  Bytes summed(12);
  if (from.is_v4()) {
    put32(summed, 0, from.v4().value);
    put32(summed, 4, to.v4().value);
    summed[9] = protocol;
    put16(summed, 10, static_cast<u16>(payload.size()));
  } else {
    Bytes tail(8);
    put32(tail, 0, static_cast<u32>(payload.size()));
    tail[7] = protocol;
    summed = joined({bytes_of(from.v6()), bytes_of(to.v6()), tail});
  }
  append(summed, payload);
  return slow_checksum(summed);
}

Bytes icmp6(Address6 from, Address6 to, Bytes message) {
  put16(message, 2, 0);
  put16(message, 2, pseudo_sum(58, from, to, message));
  return message;
}

Bytes udp(IpAddress from, u16 from_port, IpAddress to, u16 to_port, const Bytes& payload) {
  Bytes p(8);
  put16(p, 0, from_port);
  put16(p, 2, to_port);
  put16(p, 4, static_cast<u16>(8 + payload.size()));
  append(p, payload);
  const u16 sum = pseudo_sum(17, from, to, p);
  put16(p, 6, sum != 0 ? sum : 0xffff);
  return p;
}

Bytes icmp(u8 type, const Bytes& rest) {
  Bytes p(4);
  p[0] = type;
  append(p, rest);
  put16(p, 2, slow_checksum(p));
  return p;
}

Bytes icmp_message(u8 type, const Bytes& code_and_rest) {
  Bytes p{type, code_and_rest.at(0), 0, 0};
  p.insert(p.end(), code_and_rest.begin() + 1, code_and_rest.end());
  put16(p, 2, slow_checksum(p));
  return p;
}

Bytes arp(u16 operation, const Mac& sender_mac, Address sender, const Mac& target_mac, Address target) {
  Bytes p{0, 1, 8, 0, 6, 4, 0, static_cast<u8>(operation)};
  append(p, Bytes(sender_mac.bytes, sender_mac.bytes + 6));
  p.resize(18);
  put32(p, 14, sender.value);
  append(p, Bytes(target_mac.bytes, target_mac.bytes + 6));
  p.resize(28);
  put32(p, 24, target.value);
  return p;
}

namespace {

// One packet out of a larger one: `payload` bytes from `at` behind the headers.
Bytes cut(const Bytes& whole, const Offload& o, u64 at, u64 payload, bool last) {
  const u64 ip = 14, tcp = o.checksum_start, header = o.header_length;
  Bytes frame(whole.begin(), whole.begin() + static_cast<long>(header));
  const auto from = whole.begin() + static_cast<long>(header + at);
  frame.insert(frame.end(), from, from + static_cast<long>(payload));
  put16(frame, ip + 2, static_cast<u16>(frame.size() - ip));
  put16(frame, ip + 10, 0);
  put16(frame, ip + 10, slow_checksum(Bytes(frame.begin() + 14, frame.begin() + 34)));
  put32(frame, tcp + 4, get32(frame, tcp + 4) + static_cast<u32>(at));
  if (!last) frame[tcp + 13] &= static_cast<u8>(~9);  // FIN and PSH are the last one's
  return frame;
}

void complete(Bytes& frame, const Offload& o) {
  const u64 sum_at = u64{o.checksum_start} + o.checksum_offset;
  Bytes summed(frame.begin() + 26, frame.begin() + 34);
  summed.insert(summed.end(), {0, frame[23], 0, 0});
  put16(summed, 10, static_cast<u16>(frame.size() - o.checksum_start));
  put16(frame, sum_at, 0);
  summed.insert(summed.end(), frame.begin() + o.checksum_start, frame.end());
  put16(frame, sum_at, slow_checksum(summed));
}

}  // namespace

bool send_offloaded(LinkDouble& wire, u8* buffer, u32 length, std::span<const Piece> pieces,
                    const Offload& offload) {
  if (!offload.by_card) return wire.send(buffer, length, pieces);
  Bytes whole(buffer, buffer + length);
  for (const Piece& piece : pieces) whole.insert(whole.end(), piece.data, piece.data + piece.length);
  wire.give_back(buffer);
  Bytes pseudo(whole.begin() + 26, whole.begin() + 34);
  pseudo.insert(pseudo.end(), {0, whole[23], 0, 0});
  put16(pseudo, 10, static_cast<u16>(whole.size() - offload.checksum_start));
  const u16 partial = get16(whole, u64{offload.checksum_start} + offload.checksum_offset);
  EXPECT_EQ(partial, static_cast<u16>(~slow_checksum(pseudo))) << "the pseudo-header's sum";
  Offload o = offload;
  if (o.segment_size == 0) {
    o.segment_size = 0xffff;
    o.header_length = static_cast<u16>(length);
  }
  EXPECT_EQ(o.header_length, length);
  const u64 payload = whole.size() - length;
  u64 at = 0;
  do {
    const u64 here = std::min<u64>(payload - at, o.segment_size);
    Bytes frame = cut(whole, o, at, here, at + here == payload);
    complete(frame, o);
    EXPECT_LE(frame.size(), abi::kMaxPacket);
    wire.put(std::move(frame));
    at += here;
  } while (at < payload);
  return true;
}

}  // namespace net::test
