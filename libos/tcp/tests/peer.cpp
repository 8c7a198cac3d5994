// SPDX-License-Identifier: MIT
#include "peer.hpp"

namespace tcp::test {

using namespace net::test;

void Peer::give_frame(const Send& s) {
  const Flow flow{kAddresses[1], kAddresses[0], 80, s.port};
  SegmentHeader header;
  header.sequence = s.seq;
  header.ack = s.ack;
  header.window = s.window;
  header.flags = s.flags;
  header.options.mss = s.mss;
  Bytes segment(header.size());
  const net::Piece piece{s.data.data(), static_cast<u32>(s.data.size())};
  write_segment(flow, header, std::span(&piece, s.data.empty() ? 0 : 1), false, segment.data());
  segment.insert(segment.end(), s.data.begin(), s.data.end());
  host.stack.input(now, ethernet(kMacs[1], kMacs[0], 0x0800, ipv4(6, kAddresses[0], kAddresses[1], segment)));
}

std::vector<Sent> Peer::taken() {
  std::vector<Sent> result;
  for (const Bytes& frame : host.wire.frames()) {
    if (get16(frame, 12) != 0x0800) continue;
    Segment s{};
    net::Received packet;
    packet.source = kAddresses[1];
    packet.destination = kAddresses[0];
    packet.payload = std::span(frame).subspan(34);
    EXPECT_EQ(read_segment(packet, s), Malformed::No);
    result.push_back(
        {s.flags, s.sequence, s.ack, s.window, s.options.mss, Bytes(s.data.begin(), s.data.end())});
  }
  return result;
}

ConnectionId Peer::open(u32 next, u16 port, u16 mss, u16 window) {
  const auto answer = give({.flags = kSyn, .seq = next - 1, .window = window, .mss = mss, .port = port});
  EXPECT_EQ(answer.size(), 1u);
  if (answer.empty()) return {};
  EXPECT_EQ(answer[0].flags, kSyn | kAck);
  EXPECT_EQ(answer[0].ack, next);
  EXPECT_EQ(answer[0].mss, kMss);
  theirs = answer[0].seq + 1;
  const u64 opens = host.opens.size();
  EXPECT_TRUE(give({.flags = kAck, .seq = next, .ack = theirs, .window = window, .port = port}).empty());
  EXPECT_EQ(host.opens.size(), opens + 1);
  return host.opens.empty() ? ConnectionId{} : host.opens.back();
}

}  // namespace tcp::test
