// SPDX-License-Identifier: MIT
// Engine: segments that belong to no connection, or to one that is over; errors on the path. Included
// by engine.hpp.
#pragma once
#include "base/endian.hpp"

namespace tcp {

template <class Policy>
void Engine<Policy>::input_unknown(u64 now, const Segment& segment, u32 at_least) {
  if (!stack_->ours(segment.flow.local) || segment.flow.remote.none()) {  // a broadcast
    counters_.bad_segment++;
    return;
  }
  if (segment.has(kRst)) return;
  Listener* l = segment.flow.local_port != 0 ? listener(segment.flow.local_port) : nullptr;
  if (l != nullptr && segment.has(kSyn) && !segment.has(kAck))
    return passive_open(now, *l, segment, at_least);
  if (l != nullptr && segment.has(kAck) && !segment.has(kSyn) && open_by_cookie(now, segment)) return;
  counters_.no_connection++;
  reply_reset(now, segment);
}

// RFC 9293, 3.10.7.4, and RFC 1337: a reset does not end TIME-WAIT. True: go on as if it were not there,
// with a number after `at_least` (RFC 6191: a SYN with a later timestamp or number begins anew).
template <class Policy>
bool Engine<Policy>::input_waiting(u64 now, Waiting& w, const Segment& segment, u32& at_least) {
  if (segment.has(kRst)) return false;
  if (segment.has(kSyn) && !segment.has(kAck)) {
    const bool stamped = w.timestamps && segment.options.timestamps;
    const bool newer =
        stamped ? after(segment.options.ts_value, w.ts_recent) : after(segment.sequence, w.next);
    if (newer) {
      at_least = w.ours;
      waiting_.remove(w);
      return true;
    }
  }
  if (segment.has(kFin) && !segment.has(kSyn)) {  // our acknowledgement was lost
    waiting_.renew(w, now + settings_.time_wait);
    answer_waiting(now, w, false);
  } else if (segment.has(kSyn) || segment.length() > 0 || segment.sequence != w.next) {
    answer_waiting(now, w, true);
  }
  return false;
}

template <class Policy>
void Engine<Policy>::answer_waiting(u64 now, Waiting& w, bool is_challenge) {
  if (is_challenge) {
    if (w.challenged_at != 0 && now - w.challenged_at < settings_.challenge_interval) return;
    w.challenged_at = now;
    counters_.challenges++;
  }
  SegmentHeader header;
  header.sequence = w.ours;
  header.ack = w.next;
  header.window = w.window;
  header.flags = kAck;
  if (w.timestamps) {
    header.options.timestamps = true;
    header.options.ts_value = stamp(now, w.ts_offset);
    header.options.ts_echo = w.ts_recent;
  }
  (void)transmit(now, w.flow, header, {});
}

// RFC 9293, 3.10.7.1. So many a second, or a flood of one kind would be answered with another.
template <class Policy>
void Engine<Policy>::reply_reset(u64 now, const Segment& segment) {
  if (now / kSecond != resets_from_) {
    resets_from_ = now / kSecond;
    resets_ = 0;
  }
  if (resets_ >= settings_.resets) {
    counters_.resets_held++;
    return;
  }
  resets_++;
  SegmentHeader reset;
  reset.flags = kRst;
  if (segment.has(kAck)) {
    reset.sequence = segment.ack;
  } else {
    reset.flags = kRst | kAck;
    reset.ack = segment.end();
  }
  counters_.resets_out++;
  (void)transmit(now, segment.flow, reset, {});
}

// Anyone can send these: only what names a segment that is on its way is believed (RFC 5927, 4.1).
template <class Policy>
void Engine<Policy>::path_error(u64 now, const net::PathError& error) {
  if (error.payload.size() < 8) return;
  const u8* p = error.payload.data();
  Block* c = table_.find({error.destination, error.source, base::load_be16(p + 2), base::load_be16(p)});
  if (c == nullptr) return;
  const u32 sequence = base::load_be32(p + 4);
  if (before(sequence, c->una) || !before(sequence, c->max)) return;
  counters_.path_errors++;
  if (error.kind == net::PathError::Kind::Refused && c->state == State::SynSent)
    return end(now, *c, Reason::Reset);  // RFC 5461, 4.1: later it may be a passing trouble
  if (error.kind != net::PathError::Kind::TooBig || !c->irs_known) return;
  stack_->note_path(now, error);
  const u32 limit = payload_limit(*c, 0xffff);
  if (limit >= c->mss) return;
  c->mss = limit;
  c->congestion.set_mss(limit);
  c->rtt.retransmitted();
  if (c->synchronized()) c->nxt = c->una;  // what was too big is sent again, smaller (RFC 1191, 6.5)
  mark(*c);
}

}  // namespace tcp
