// SPDX-License-Identifier: MIT
// Segments on the wire (RFC 9293, 3.1): a received one, checked, and the header of one to send.
#pragma once
#include <span>

#include "net/stack.hpp"
#include "tcp/flow.hpp"
#include "tcp/header_options.hpp"

namespace tcp {

inline constexpr u8 kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32;
inline constexpr u32 kHeader = 20;
inline constexpr u32 kMaxHeader = kHeader + kMaxOptions;
inline constexpr u16 kChecksumOffset = 16;
inline constexpr u16 kDefaultMss = 536;    // RFC 9293, 3.7.1, for IPv4
inline constexpr u16 kDefaultMss6 = 1220;  // for IPv6
inline constexpr u16 kLeastMss = 88;       // a peer that asks for less would have us send headers only

struct Segment {
  Flow flow;  // as seen by who received it
  u32 sequence;
  u32 ack;
  u16 window;  // as written, not scaled
  u8 flags;
  HeaderOptions options;
  std::span<const u8> data;

  bool has(u8 flag) const { return (flags & flag) != 0; }
  // Sequence numbers that it takes up.
  u32 length() const { return static_cast<u32>(data.size()) + (has(kSyn) ? 1 : 0) + (has(kFin) ? 1 : 0); }
  u32 end() const { return sequence + length(); }
};

enum class Malformed : u8 { No, Header, Checksum };

// Reads a segment out of an IP packet. Its data points into the packet.
Malformed read_segment(const net::Received& packet, Segment& segment);

struct SegmentHeader {
  u32 sequence = 0;
  u32 ack = 0;
  u16 window = 0;
  u8 flags = 0;
  HeaderOptions options;
  u32 size() const { return kHeader + length_of(options); }
};

// What the headers have that nearly all segments begin with: no options but, if they were agreed, timestamps.
struct PlainHeader {
  u32 sequence, ack;
  u16 window;
  u8 flags;
  bool timestamps;
  u32 ts_value, ts_echo;
  u32 size() const { return timestamps ? kHeader + kTimestampsLength : kHeader; }
};

// Writes header.size() bytes to the flow's remote end. `pseudo`: the sum of the pseudo-header but for the
// length, as net::Route has it. `payload`: bytes behind it, whose sum the card adds; 0: the checksum is
// whole.
void write_plain(const Flow& flow, const PlainHeader& header, u16 pseudo, u32 payload, u8* out);

// Writes header.size() bytes to the flow's remote end, with the checksum over them and `pieces`; or,
// `by_card`, with the sum of the pseudo-header, which the card completes.
void write_segment(const Flow& flow, const SegmentHeader& header, std::span<const net::Piece> pieces,
                   bool by_card, u8* out);

}  // namespace tcp
