// SPDX-License-Identifier: MIT
// Engine: what of the sent segments is still in the network, and which are sent again (RFC 6675; without
// SACK RFC 6582). Included by engine.hpp.
#pragma once

namespace tcp {

// In Fast: what the peer does not have before this is lost, by what arrived behind it (RFC 6675, IsLost) or
// by the time that has passed since.
template <class Policy>
u32 Engine<Policy>::lost_before(const Block& c) const {
  return later(c.board.lost_before(c.una, c.mss), c.tail);
}

template <class Policy>
u32 Engine<Policy>::in_flight(const Block& c) const {
  if (c.recovery == Recovery::Fast && c.sack) {  // RFC 6675, SetPipe
    const u32 lost = lost_before(c);
    const u32 not_lost = (c.max - lost) - c.board.bytes({lost, c.max});
    const u32 sent_again = (c.resent - c.una) - c.board.bytes({c.una, c.resent});
    return not_lost + sent_again;
  }
  const u32 out = c.nxt - c.una;
  // Without SACK every duplicate tells of a segment that has arrived.
  const u32 arrived = c.sack ? c.board.bytes({c.una, c.nxt}) : impl::least(u64{c.duplicates} * c.mss, out);
  return out - arrived;
}

template <class Policy>
bool Engine<Policy>::output_repair(u64 now, Block& c) {
  if (c.recovery == Recovery::Fast) return output_lost(now, c);
  return c.recovery != Recovery::Probing || !c.tail_probe || output_probe(now, c);
}

// RFC 8985, 7.3: a segment that was not sent yet, whatever the congestion window says; else the last again.
template <class Policy>
bool Engine<Policy>::output_probe(u64 now, Block& c) {
  const u64 bytes = c.send.bytes();
  const u32 out = c.max - c.una;
  c.tail_new = c.nxt == c.max && out < bytes && out < c.wnd;
  Part part{c.max, c.tail_new ? impl::least(bytes - out, impl::least(c.wnd - out, c.mss)) : 0};
  if (!c.tail_new) {
    const u32 offset = impl::less(out, c.mss);
    part = {c.una + offset, impl::least(bytes - offset, c.mss)};
  }
  if (!send_segment(now, c, part)) return false;
  c.tail_probe = false;
  c.tail = part.end;
  return true;
}

// RFC 6675, NextSeg (1); the first segment whatever the window is.
template <class Policy>
bool Engine<Policy>::output_lost(u64 now, Block& c) {
  if (c.resend_first && c.una != c.max) {
    Part part{c.una, impl::least(c.send.bytes(), impl::least(c.board.hole(c.una, c.max).length(), c.mss))};
    if (!send_segment(now, c, part)) return false;
    c.resent = later(c.resent, part.end);
  }
  c.resend_first = false;
  if (!c.sack) return true;
  const u32 lost = lost_before(c);
  for (;;) {
    const Range hole = c.board.hole(later(c.resent, c.una), lost);
    const u32 length = impl::least(hole.length(), c.mss);
    if (length == 0 || c.congestion.window() < in_flight(c) + length) return true;
    Part part{hole.begin, length};
    if (!send_segment(now, c, part)) return false;
    c.resent = part.end;
  }
}

// RFC 6675, NextSeg (3) and (4): when there is nothing new to send, what may be lost; and, once, the last
// segment, which nothing that arrives later could tell of.
template <class Policy>
bool Engine<Policy>::output_unsure(u64 now, Block& c) {
  while (c.una != c.max) {
    if (c.congestion.window() < in_flight(c) + c.mss) return true;
    const u32 highest = c.board.empty() ? c.una : c.board.highest();
    Range hole = c.board.hole(later(c.resent, c.una), highest);
    if (hole.length() == 0) {
      if (c.rescue != Rescue::Allowed || highest == c.max) return true;
      c.rescue = Rescue::Done;
      hole = {c.max - highest > c.mss ? c.max - c.mss : highest, c.max};
    }
    Part part{hole.begin, impl::least(hole.length(), c.mss)};
    const u64 offset = hole.begin - c.una;
    if (offset + part.length > c.send.bytes()) part.length = static_cast<u32>(c.send.bytes() - offset);
    if (!send_segment(now, c, part)) return false;
    if (!before(hole.begin, highest)) return true;
    c.resent = part.end;
  }
  return true;
}

}  // namespace tcp
