// SPDX-License-Identifier: MIT
#include "tcp/segment.hpp"

#include "base/endian.hpp"
#include "net/checksum.hpp"

namespace tcp {

using namespace base;

namespace {

constexpr u32 kSourcePort = 0, kDestinationPort = 2, kSequence = 4, kAckNumber = 8, kOffset = 12, kFlags = 13;
constexpr u32 kWindow = 14, kChecksum = 16, kUrgent = 18;
constexpr u8 kOptionEnd = 0, kOptionNone = 1, kOptionMss = 2;

// The MSS option (RFC 9293, 3.1). An option list that does not fit is read as far as it does.
u16 find_mss(std::span<const u8> options) {
  u64 i = 0;
  while (i < options.size() && options[i] != kOptionEnd) {
    if (options[i] == kOptionNone) {
      i++;
      continue;
    }
    if (i + 2 > options.size()) return 0;
    const u64 length = options[i + 1];
    if (length < 2 || i + length > options.size()) return 0;
    if (options[i] == kOptionMss && length == 4) return load_be16(&options[i + 2]);
    i += length;
  }
  return 0;
}

}  // namespace

Malformed read_segment(const net::Received& packet, Segment& segment) {
  const std::span<const u8> bytes = packet.payload;
  if (bytes.size() < kHeader) return Malformed::Header;
  const u8* p = bytes.data();
  const u32 header = (p[kOffset] >> 4) * 4u;
  if (header < kHeader || header > bytes.size()) return Malformed::Header;
  net::Checksum sum;
  sum.add_pseudo_header(packet.source, packet.destination, net::kProtocolTcp, static_cast<u32>(bytes.size()));
  sum.add(bytes);
  if (sum.finish() != 0) return Malformed::Checksum;
  segment.source = packet.source;
  segment.destination = packet.destination;
  segment.source_port = load_be16(p + kSourcePort);
  segment.destination_port = load_be16(p + kDestinationPort);
  segment.sequence = load_be32(p + kSequence);
  segment.ack = load_be32(p + kAckNumber);
  segment.window = load_be16(p + kWindow);
  segment.flags = p[kFlags];
  segment.mss = segment.has(kSyn) ? find_mss(bytes.subspan(kHeader, header - kHeader)) : u16{0};
  segment.data = bytes.subspan(header);
  return Malformed::No;
}

void write_segment(const SegmentHeader& header, net::Address source, net::Address destination,
                   std::span<const net::Piece> pieces, u8* out) {
  const u32 size = header.size();
  store_be16(out + kSourcePort, header.source_port);
  store_be16(out + kDestinationPort, header.destination_port);
  store_be32(out + kSequence, header.sequence);
  store_be32(out + kAckNumber, header.ack);
  out[kOffset] = static_cast<u8>(size / 4 << 4);
  out[kFlags] = header.flags;
  store_be16(out + kWindow, header.window);
  store_be16(out + kChecksum, 0);
  store_be16(out + kUrgent, 0);
  if (header.mss != 0) {
    out[kHeader] = kOptionMss;
    out[kHeader + 1] = 4;
    store_be16(out + kHeader + 2, header.mss);
  }
  u32 length = size;
  for (const net::Piece& piece : pieces) length += piece.length;
  net::Checksum sum;
  sum.add_pseudo_header(source, destination, net::kProtocolTcp, length);
  sum.add(std::span<const u8>(out, size));
  for (const net::Piece& piece : pieces) sum.add(piece);
  store_be16(out + kChecksum, sum.finish());
}

}  // namespace tcp
