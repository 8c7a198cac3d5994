// SPDX-License-Identifier: MIT
// Engine: segments to send (RFC 9293, 3.8; RFC 1122, 4.2.3.4 on small ones). Included by engine.hpp.
#pragma once

namespace tcp {

namespace impl {

constexpr u32 least(u64 a, u64 b) { return static_cast<u32>(a < b ? a : b); }
constexpr u32 less(u32 a, u32 b) { return a > b ? a - b : 0; }  // never below zero

}  // namespace impl

// Sends all that the connection owes and may send.
template <class Policy>
bool Engine<Policy>::output(u64 now, Block& c) {
  if (c.state == State::SynSent || c.state == State::SynReceived) {
    const u8 flags = c.state == State::SynSent ? kSyn : kSyn | kAck;
    return c.nxt != c.iss || send_part(now, c, {c.iss, 0, flags});
  }
  const bool apart = !settings_.merge && (c.ack_now || c.ack_at != kForever);
  if (apart && !send_part(now, c, {c.max, 0})) return false;
  if (!output_data(now, c)) return false;
  if (c.keep_probe) {  // a number that the peer has, so that it must answer (RFC 9293, 3.8.4)
    if (!send_part(now, c, {c.una - 1, 0})) return false;
    c.keep_probe = false;
  }
  if (c.ack_now && !send_part(now, c, {c.max, 0})) return false;
  for (; c.more_acks > 0; c.more_acks--)
    if (!send_part(now, c, {c.max, 0})) return false;
  return true;
}

template <class Policy>
bool Engine<Policy>::output_data(u64 now, Block& c) {
  if (!c.sending()) return true;
  if (c.una == c.max && c.sent_at != 0 && now - c.sent_at > c.rtt.timeout()) c.congestion.idle();
  if (c.recovery != Recovery::Open && !output_repair(now, c)) return false;
  if (!output_new(now, c)) return false;
  return c.recovery != Recovery::Fast || !c.sack || output_unsure(now, c);
}

// Payload that one send may have: what the card cuts into segments, or one segment.
template <class Policy>
u32 Engine<Policy>::most_payload(const Block& c) const {
  const u32 offered = Policy::kUseOffload ? stack_->features().segment_bytes : 0;
  const u32 card = impl::least(offered, u64{c.mss} * net::kMaxCuts);
  return card > 2 * c.mss ? card / c.mss * c.mss : c.mss;
}

// As many segments as both windows let through. What is less than a full segment is sent when it is
// all there is (and, with Nagle, nothing is on its way), or when the peer's window was never twice as
// large; else more is waited for.
template <class Policy>
bool Engine<Policy>::output_new(u64 now, Block& c) {
  using impl::least, impl::less;
  const u64 bytes = c.send.bytes();
  for (;;) {
    const bool again = before(c.nxt, c.max);
    Range hole = c.board.hole(c.nxt, c.max);
    if (!before(hole.end, c.max)) hole.end = hole.begin + kMostWindow;  // with what is new behind it
    c.nxt = hole.begin;
    const u32 offset = c.nxt - c.una;
    const u64 left = offset < bytes ? bytes - offset : 0;
    if (left == 0 && !(c.fin_wanted && offset <= bytes)) return true;
    const u32 usable = least(less(c.wnd, offset), less(c.congestion.window(), in_flight(c)));
    const u64 wanted = least(left, hole.length());
    u32 length = least(wanted, least(usable, most_payload(c)));
    if (length > c.mss && length < left) length -= length % c.mss;  // the last of several is full too
    const bool may_be_small = !Policy::kNagle || c.nxt == c.una || c.fin_wanted || again;
    bool send =
        length >= c.mss || (length == wanted && may_be_small) || (length > 0 && length >= c.max_wnd / 2);
    if (c.probe && left > 0 && !send) {
      length = length > 0 ? length : 1;
      send = true;
    }
    if (!send) break;
    if (!send_part(now, c, {c.nxt, length})) return false;
    c.probe = false;
  }
  const bool waits = c.timer == Timer::None || c.timer == Timer::KeepAlive;
  if (waits) arm(c, Timer::Persist, now + c.rtt.timeout());  // nothing else would wake us
  return true;
}

// Sends `part.length` bytes of the queue, or fewer if they lie in too many pieces, and FIN when nothing
// is left behind them.
template <class Policy>
bool Engine<Policy>::send_segment(u64 now, Block& c, Part& part) {
  net::Piece room[net::kMaxPieces];
  const std::span<net::Piece> pieces(room, settings_.merge ? net::kMaxPieces : 1);
  const u64 offset = part.sequence - c.una;
  SendQueue::Gathered gathered{0, 0};
  if (part.length > 0) gathered = c.send.gather(pieces_, offset, part.length, pieces);
  if (gathered.length > c.mss && gathered.length < part.length && gathered.length % c.mss != 0) {
    const u32 whole = gathered.length - gathered.length % c.mss;
    gathered = c.send.gather(pieces_, offset, whole, pieces);
  }
  const bool last = offset + gathered.length == c.send.bytes();
  u8 flags = part.flags;
  const bool may_end = settings_.merge || gathered.length == 0;
  if (c.sending() && last && c.fin_wanted && may_end) flags |= kFin;
  if (last && gathered.length > 0) flags |= kPsh;
  const bool syn = (flags & kSyn) != 0, ack = (flags & kAck) != 0;
  const u32 space = c.irs_known ? offer_window(c) : impl::least(kWindow, 0xffff);
  const u16 window = static_cast<u16>(syn ? impl::least(space, 0xffff) : space >> c.receive_scale);
  bool sack_left_out = false;
  const PlainHeader plain{part.sequence, ack ? c.receive.next() : 0, window, flags, false, 0, 0};
  if (!transmit_of(now, c, plain, pieces.first(gathered.pieces), gathered.length, sack_left_out))
    return false;
  if (ack) {
    c.ack_now = sack_left_out && c.ack_now;
    c.ack_at = kForever;
    c.unacked_segments = 0;
    c.last_ack = c.receive.next();
    c.edge = c.last_ack + (syn ? u32{window} : u32{window} << c.receive_scale);
  }
  part.end = part.sequence + gathered.length + (syn || (flags & kFin) != 0 ? 1 : 0);
  if (part.end != part.sequence) account(now, c, part.sequence, part.end, gathered.length > 0);
  return true;
}

// With what nearly all segments have, along the route that was prepared; else with all that there may be.
template <class Policy>
bool Engine<Policy>::transmit_of(u64 now, Block& c, const PlainHeader& plain,
                                 std::span<const net::Piece> pieces, u32 payload, bool& sack_left_out) {
  const u16 segment_size = payload > c.mss ? static_cast<u16>(c.mss) : u16{0};
  const bool summed = pieces.empty() || (Policy::kUseOffload && stack_->features().checksum);
  const bool routed =
      settings_.predict &&
      (stack_->ready(c.route) || stack_->prepare(net::kProtocolTcp, c.flow.local, c.flow.remote, c.route));
  if (routed && summed && (plain.flags & kSyn) == 0 && !c.receive.gaps())
    return transmit_plain(now, c, plain, pieces, payload, segment_size);
  SegmentHeader header;
  header.sequence = plain.sequence;
  header.ack = plain.ack;
  header.window = plain.window;
  header.flags = plain.flags;
  add_options(now, c, header, payload, sack_left_out);
  return transmit(now, c.flow, header, pieces, segment_size, routed ? &c.route : nullptr);
}

template <class Policy>
bool Engine<Policy>::transmit_plain(u64 now, Block& c, PlainHeader header, std::span<const net::Piece> pieces,
                                    u32 payload, u16 segment_size) {
  header.timestamps = c.timestamps;
  header.ts_value = stamp(now, c.ts_offset);
  header.ts_echo = c.ts_recent;
  const u32 size = header.size();
  u8* out = stack_->take_routed(size);
  if (out == nullptr) return false;
  net::Offload offload;
  offload.by_card = payload != 0;
  offload.checksum_offset = kChecksumOffset;
  offload.segment_size = segment_size;
  write_plain(c.flow, header, c.route.pseudo, payload, out);
  if (stack_->send_routed(now, c.route, out, size, pieces, payload, offload) == net::Sent::Busy) return false;
  counters_.segments_out++;
  return true;
}

template <class Policy>
void Engine<Policy>::add_options(u64 now, const Block& c, SegmentHeader& header, u32 length,
                                 bool& sack_left_out) const {
  HeaderOptions& o = header.options;
  const bool syn = (header.flags & kSyn) != 0, first = c.state == State::SynSent;
  if (first ? Policy::kTimestamps : c.timestamps) {
    o.timestamps = true;
    o.ts_value = stamp(now, c.ts_offset);
    o.ts_echo = first ? 0 : c.ts_recent;
  }
  if (syn) {
    const bool v4 = c.flow.remote.is_v4();
    const u32 mss = stack_->path_mtu(c.flow.remote) - (v4 ? net::kIpHeader : net::kIp6Header) - kHeader;
    o.mss = static_cast<u16>(impl::least(mss, settings_.mss_clamp));
    o.sack_permitted = first ? Policy::kSack : c.sack;
    if (first ? Policy::kWindowScale : c.scaled) o.scale = kScale;
    return;
  }
  const EarlyRanges* early = c.sack ? &c.receive.early() : nullptr;
  if (early == nullptr || early->count() == 0) return;
  const u32 most = c.timestamps ? 3 : 4;
  const u32 count = early->count() < most ? early->count() : most;
  if (length + 4 + 8 * count > c.mss && length > 0) {
    sack_left_out = true;  // data first; an acknowledgement follows that has them
    return;
  }
  o.sack_count = static_cast<u8>(count);
  for (u32 i = 0; i < count; i++) o.sack[i] = early->at(i);
}

// A segment that takes up sequence numbers has left.
template <class Policy>
void Engine<Policy>::account(u64 now, Block& c, u32 sequence, u32 end, bool data) {
  if (sequence == c.max) {
    c.rtt.sent(now, end);
    counters_.bytes_out += end - sequence;
    if (end - c.una > c.peak || !before(c.una, c.peak_end)) {
      c.peak = end - c.una;
      c.peak_end = end;
    }
  } else {
    c.rtt.retransmitted();
    c.again = c.max;
    counters_.retransmitted++;
  }
  if (sequence == c.nxt) c.nxt = end;
  c.max = later(c.max, end);
  c.nxt = later(c.nxt, c.una);
  if (data) c.sent_at = now;
  if (c.timer == Timer::None || c.timer == Timer::KeepAlive) {
    await_ack(now, c);
  } else if (c.timer == Timer::Retransmit && end - c.una > c.mss) {  // more is out than when it was armed
    if (const u64 soon = probe_after(c); soon != 0) arm(c, Timer::TailProbe, now + soon);
  }
}

// False: the link has no room just now.
template <class Policy>
bool Engine<Policy>::transmit(u64 now, const Flow& flow, const SegmentHeader& header,
                              std::span<const net::Piece> pieces, u32 segment_size, const net::Route* route) {
  const u32 size = header.size();
  u8* out = stack_->take(flow.remote, size);
  if (out == nullptr) return false;
  net::Offload offload;
  // A header alone is summed faster than the kernel has looked at what the card is asked for.
  if (Policy::kUseOffload && stack_->features().checksum && !pieces.empty()) {
    offload.by_card = true;
    offload.checksum_offset = kChecksumOffset;
    offload.segment_size = static_cast<u16>(segment_size);
  }
  write_segment(flow, header, pieces, offload.by_card, out);
  // What has no route or no neighbour yet is lost like any packet: the timers see to it.
  u32 payload = 0;
  for (const net::Piece& piece : pieces) payload += piece.length;
  const net::Sent sent =
      route != nullptr
          ? stack_->send_routed(now, *route, out, size, pieces, payload, offload)
          : stack_->send_ip(now, net::kProtocolTcp, flow.local, flow.remote, out, size, pieces, offload);
  if (sent == net::Sent::Busy) return false;
  counters_.segments_out++;
  return true;
}

// How much further the right edge of the window could be than we said.
template <class Policy>
u32 Engine<Policy>::window_growth(const Block& c) const {
  const u32 most = c.receive_scale != 0 ? kWindow : impl::least(kWindow, 0xffff);
  const u32 best = c.receive.next() + impl::least(c.receive.window(), most);
  return after(best, c.edge) ? best - c.edge : 0;
}

// The window to offer: it never shrinks, and grows by worthwhile steps (RFC 9293, 3.8.6.2.2). Rounded up
// to what the scale can tell: what then comes and finds no room is cut off.
template <class Policy>
u32 Engine<Policy>::offer_window(const Block& c) const {
  const u32 worth = impl::least(kWindow / 2, c.mss != 0 ? c.mss : kDefaultMss);
  const u32 growth = window_growth(c);
  const u32 edge = growth >= worth ? c.edge + growth : c.edge;
  if (!after(edge, c.receive.next())) return 0;
  const u32 unit = 1u << c.receive_scale;
  return (edge - c.receive.next() + unit - 1) & ~(unit - 1);
}

}  // namespace tcp
