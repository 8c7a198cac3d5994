// SPDX-License-Identifier: MIT
#include "tcp/segment.hpp"

#include "base/endian.hpp"
#include "net/checksum.hpp"

namespace tcp {

using namespace base;

namespace {

constexpr u32 kSourcePort = 0, kDestinationPort = 2, kSequence = 4, kAckNumber = 8, kOffset = 12, kFlags = 13;
constexpr u32 kWindow = 14, kUrgent = 18;

}  // namespace

Malformed read_segment(const net::Received& packet, Segment& segment) {
  const std::span<const u8> bytes = packet.payload;
  if (bytes.size() < kHeader) return Malformed::Header;
  const u8* p = bytes.data();
  const u32 header = (p[kOffset] >> 4) * 4u;
  if (header < kHeader || header > bytes.size()) return Malformed::Header;
  if (!packet.summed) {
    net::Checksum sum;
    sum.add_pseudo_header(packet.source, packet.destination, net::kProtocolTcp,
                          static_cast<u32>(bytes.size()));
    sum.add(bytes);
    if (sum.finish() != 0) return Malformed::Checksum;
  }
  segment.flow = {packet.source, packet.destination, load_be16(p + kSourcePort),
                  load_be16(p + kDestinationPort)};
  segment.sequence = load_be32(p + kSequence);
  segment.ack = load_be32(p + kAckNumber);
  segment.window = load_be16(p + kWindow);
  segment.flags = p[kFlags];
  segment.options = {};
  if (header == kHeader + kTimestampsLength && load_be32(p + kHeader) == kPredictedTimes) {
    segment.options.timestamps = true;
    segment.options.ts_value = load_be32(p + kHeader + 4);
    segment.options.ts_echo = load_be32(p + kHeader + 8);
  } else if (header > kHeader) {
    read_options(bytes.subspan(kHeader, header - kHeader), segment.has(kSyn), segment.options);
  }
  segment.data = bytes.subspan(header);
  return Malformed::No;
}

// Sums in the processor's byte order: what is stored is turned first.
void write_plain(const Flow& flow, const PlainHeader& header, u16 pseudo, u32 payload, u8* out) {
  const u32 size = header.size();
  u32 words[kHeader / 4 + kTimestampsLength / 4];
  words[0] = __builtin_bswap32(u32{flow.local_port} << 16 | flow.remote_port);
  words[1] = __builtin_bswap32(header.sequence);
  words[2] = __builtin_bswap32(header.ack);
  words[3] = __builtin_bswap32(size << 26 | u32{header.flags} << 16 | header.window);
  words[4] = 0;
  u64 sum = u64{pseudo} + __builtin_bswap16(static_cast<u16>(size + payload));
  if (payload == 0) sum += u64{words[0]} + words[1] + words[2] + words[3];
  if (header.timestamps) {
    words[5] = __builtin_bswap32(kPredictedTimes);
    words[6] = __builtin_bswap32(header.ts_value);
    words[7] = __builtin_bswap32(header.ts_echo);
    if (payload == 0) sum += u64{words[5]} + words[6] + words[7];
    __builtin_memcpy(out + kHeader, &words[5], kTimestampsLength);
  }
  sum = (sum >> 32) + static_cast<u32>(sum);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  const u16 folded = static_cast<u16>(sum + (sum >> 16));
  words[4] = payload == 0 ? static_cast<u16>(~folded) : folded;
  __builtin_memcpy(out, words, kHeader);
}

void write_segment(const Flow& flow, const SegmentHeader& header, std::span<const net::Piece> pieces,
                   bool by_card, u8* out) {
  const u32 size = header.size();
  store_be16(out + kSourcePort, flow.local_port);
  store_be16(out + kDestinationPort, flow.remote_port);
  store_be32(out + kSequence, header.sequence);
  store_be32(out + kAckNumber, header.ack);
  out[kOffset] = static_cast<u8>(size / 4 << 4);
  out[kFlags] = header.flags;
  store_be16(out + kWindow, header.window);
  store_be16(out + kChecksumOffset, 0);
  store_be16(out + kUrgent, 0);
  write_options(header.options, out + kHeader);
  u32 length = size;
  for (const net::Piece& piece : pieces) length += piece.length;
  net::Checksum sum;
  sum.add_pseudo_header(flow.local, flow.remote, net::kProtocolTcp, length);
  if (by_card) return store_be16(out + kChecksumOffset, sum.partial());
  sum.add(std::span<const u8>(out, size));
  for (const net::Piece& piece : pieces) sum.add(piece);
  store_be16(out + kChecksumOffset, sum.finish());
}

}  // namespace tcp
