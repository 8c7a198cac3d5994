// SPDX-License-Identifier: MIT
// Segments on the wire (RFC 9293, 3.1): a received one, checked, and the header of one to send.
#pragma once
#include <optional>
#include <span>

#include "net/stack.hpp"
#include "tcp/sequence.hpp"

namespace tcp {

inline constexpr u8 kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;
inline constexpr u32 kHeader = 20;
inline constexpr u32 kMaxHeader = 24;                              // ours: with the MSS option
inline constexpr u16 kMss = net::kMtu - net::kIpHeader - kHeader;  // what we can receive
inline constexpr u16 kDefaultMss = 536;                            // RFC 9293, 3.7.1
inline constexpr u16 kLeastMss = 64;  // a peer that asks for less would have us send headers only

struct Segment {
  net::Address source;
  net::Address destination;
  u16 source_port;
  u16 destination_port;
  u32 sequence;
  u32 ack;
  u32 window;
  u8 flags;
  u16 mss;  // of the option, 0 without
  std::span<const u8> data;

  bool has(u8 flag) const { return (flags & flag) != 0; }
  // Sequence numbers that it takes up.
  u32 length() const { return static_cast<u32>(data.size()) + (has(kSyn) ? 1 : 0) + (has(kFin) ? 1 : 0); }
};

enum class Malformed : u8 { No, Header, Checksum };

// Reads a segment out of an IPv4 packet. Its data points into the packet.
Malformed read_segment(const net::Received& packet, Segment& segment);

struct SegmentHeader {
  u16 source_port;
  u16 destination_port;
  u32 sequence;
  u32 ack;
  u16 window;
  u8 flags;
  u16 mss;  // 0: no option
  u32 size() const { return mss != 0 ? kMaxHeader : kHeader; }
};

// Writes header.size() bytes, with the checksum over them and `pieces`.
void write_segment(const SegmentHeader& header, net::Address source, net::Address destination,
                   std::span<const net::Piece> pieces, u8* out);

}  // namespace tcp
