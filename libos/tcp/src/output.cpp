// SPDX-License-Identifier: MIT
// Engine: segments to send (RFC 9293, 3.8; RFC 1122, 4.2.3.4 on small ones).
#include "tcp/engine.hpp"

namespace tcp {
namespace {

u32 least(u64 a, u32 b) { return a < b ? static_cast<u32>(a) : b; }

}  // namespace

// Sends all that the connection owes and may send.
bool Engine::output(u64 now, Connection& c) {
  if (c.state == State::SynSent || c.state == State::SynReceived) {
    const u8 flags = c.state == State::SynSent ? kSyn : kSyn | kAck;
    if (c.nxt == c.iss) return send_segment(now, c, c.iss, 0, flags);
  } else {
    if (c.resend_first && c.una != c.max) {
      if (!send_segment(now, c, c.una, least(c.send.bytes(), c.mss), kAck)) return false;
    }
    c.resend_first = false;
    if (!output_data(now, c)) return false;
  }
  if (c.state == State::SynSent) return true;
  if (c.ack_now && !send_segment(now, c, c.max, 0, kAck)) return false;
  for (; c.more_acks > 0; c.more_acks--) {
    if (!send_segment(now, c, c.max, 0, kAck)) return false;
  }
  return true;
}

// As many segments as both windows let through. What is less than a full segment is sent when it is
// all there is, or when the peer's window was never twice as large; else more is waited for.
bool Engine::output_data(u64 now, Connection& c) {
  if (!c.sending()) return true;
  if (c.una == c.max && c.sent_at != 0 && now - c.sent_at > c.rtt.timeout()) c.congestion.idle();
  const u64 bytes = c.send.bytes();
  for (;;) {
    const u32 offset = c.nxt - c.una;
    const u64 left = offset < bytes ? bytes - offset : 0;
    const bool fin_left = c.fin_wanted && offset <= bytes;
    if (left == 0 && !fin_left) return true;
    const u32 window = least(c.wnd, c.congestion.window());
    const u32 usable = window > offset ? window - offset : 0;
    u32 length = least(left, least(usable, c.mss));
    bool send = length == left || length == c.mss || (length > 0 && length >= c.max_wnd / 2);
    if (c.probe && left > 0 && !send) {
      length = length > 0 ? length : 1;
      send = true;
    }
    if (!send) break;
    if (!send_segment(now, c, c.nxt, length, kAck)) return false;
    c.probe = false;
  }
  if (c.timer == Timer::None) arm(c, Timer::Persist, now + c.rtt.timeout());  // nothing else would wake us
  return true;
}

// Sends `length` bytes of the queue at `sequence`, or fewer if they lie in too many pieces, and FIN
// when nothing is left behind them.
bool Engine::send_segment(u64 now, Connection& c, u32 sequence, u32 length, u8 flags) {
  net::Piece pieces[net::kMaxPieces];
  const u64 offset = sequence - c.una;
  const SendQueue::Gathered gathered =
      length > 0 ? c.send.gather(offset, length, pieces) : SendQueue::Gathered{0, 0};
  const bool last = offset + gathered.length == c.send.bytes();
  if (c.sending() && last && c.fin_wanted) flags |= kFin;
  if (last && gathered.length > 0) flags |= kPsh;
  const bool syn = (flags & kSyn) != 0;
  const bool ack = (flags & kAck) != 0;
  const u16 window = c.irs_known ? offer_window(c) : static_cast<u16>(least(table_.receive_bytes(), 0xffff));
  const SegmentHeader header{c.local_port, c.remote_port, sequence,           ack ? c.receive.next() : 0,
                             window,       flags,         syn ? kMss : u16{0}};
  if (!transmit(now, c.remote, header, std::span(pieces, gathered.pieces))) return false;
  if (ack) {
    c.ack_now = false;
    c.ack_at = kForever;
    c.unacked_segments = 0;
    c.edge = c.receive.next() + window;
  }
  const u32 end = sequence + gathered.length + (syn || (flags & kFin) != 0 ? 1 : 0);
  if (end != sequence) account(now, c, sequence, end, gathered.length > 0);
  return true;
}

// A segment that takes up sequence numbers has left.
void Engine::account(u64 now, Connection& c, u32 sequence, u32 end, bool data) {
  if (sequence == c.max) {
    c.rtt.sent(now, end);
    counters_.bytes_out += end - sequence;
  } else {
    c.rtt.retransmitted();
    counters_.retransmitted++;
  }
  if (sequence == c.nxt) c.nxt = end;
  c.max = later(c.max, end);
  c.nxt = later(c.nxt, c.una);
  if (data) c.sent_at = now;
  if (c.timer == Timer::None) arm(c, Timer::Retransmit, now + c.rtt.timeout());
}

bool Engine::transmit(u64 now, net::Address to, const SegmentHeader& header,
                      std::span<const net::Piece> pieces) {
  u8* out = stack_->take(header.size());
  if (out == nullptr) return false;
  write_segment(header, stack_->interface().address, to, pieces, out);
  // What has no route or no neighbour yet is lost like any packet: the timers see to it.
  if (stack_->send_ip(now, net::kProtocolTcp, to, out, header.size(), pieces) == net::Sent::Busy)
    return false;
  counters_.segments_out++;
  return true;
}

// How much further the right edge of the window could be than we said.
u32 Engine::window_growth(const Connection& c) const {
  const u32 best = c.receive.next() + least(c.receive.window(), 0xffff);
  return after(best, c.edge) ? best - c.edge : 0;
}

// The window to offer: it never shrinks, and grows by worthwhile steps (RFC 9293, 3.8.6.2.2).
u16 Engine::offer_window(Connection& c) const {
  const u32 worth = least(table_.receive_bytes() / 2, kMss);
  const u32 growth = window_growth(c);
  const u32 edge = growth >= worth ? c.edge + growth : c.edge;
  return static_cast<u16>(after(edge, c.receive.next()) ? edge - c.receive.next() : 0);
}

}  // namespace tcp
