// SPDX-License-Identifier: MIT
// Engine: received segments, in the order of checks of RFC 9293, 3.10.7, with RFC 5961's answers to
// blind attacks and RFC 7323's to old duplicates. Included by engine.hpp.
#pragma once

namespace tcp {

namespace impl {

template <class Block>
bool in_window(const Block& c, u32 sequence) {
  return sequence - c.receive.next() < c.receive.window();
}

// RFC 9293, 3.4, table 6. Data into a closed window is cut off, so that its acknowledgement counts.
template <class Block>
bool acceptable(const Block& c, Segment& segment) {
  const u32 next = c.receive.next();
  const u32 length = segment.length();
  if (c.receive.window() == 0) {
    if (segment.sequence != next) return false;
    if (!segment.data.empty()) segment.flags &= static_cast<u8>(~kFin);
    segment.data = {};
    return true;
  }
  if (segment.sequence == next || in_window(c, segment.sequence)) return true;
  return length > 0 && in_window(c, segment.sequence + length - 1);
}

}  // namespace impl

template <class Policy>
void Engine<Policy>::input(u64 now, const net::Received& packet) {
  now_ = now;
  counters_.segments_in++;
  Segment segment;
  const Malformed malformed = read_segment(packet, segment);
  if (malformed == Malformed::Checksum) counters_.bad_checksum++;
  if (malformed == Malformed::Header) counters_.bad_segment++;
  if (malformed != Malformed::No) return;
  Block* c = table_.find(segment.flow);
  if (c != nullptr) return input_connection(now, *c, segment);
  u32 at_least = 0;
  Waiting* w = waiting_.find(now, segment.flow);
  if (w != nullptr && !input_waiting(now, *w, segment, at_least)) return;
  input_unknown(now, segment, at_least);
}

template <class Policy>
void Engine<Policy>::input_connection(u64 now, Block& c, Segment& segment) {
  const ConnectionId id = id_of(c);
  Outcome outcome;
  bool more = true;
  if (settings_.predict && predicted(c, segment)) {
    counters_.predicted++;
    input_predicted(now, c, segment, outcome);
  } else if (c.state == State::SynSent) {
    more = input_syn_sent(now, c, segment, outcome);
  } else {
    more = check(now, c, segment, outcome) && acknowledge(now, c, segment, outcome);
  }
  if (outcome.opened) {
    events_.opened(events_.context, now, id, c.flow.local_port);
    if (alive(id) == nullptr) return;
  }
  release(now, c);
  if (alive(id) == nullptr) return;
  if (outcome.ended) {
    if (c.half_open) counters_.half_open_dropped++;
    return end(now, c, outcome.reason);
  }
  if (more && !take(now, c, segment)) return;
  (void)tell_finished(now, c);
}

// Header prediction (Jacobson 1990): the next segment in order of a connection on which nothing special
// goes on. Whatever is not so is left to the checks.
template <class Policy>
bool Engine<Policy>::predicted(const Block& c, const Segment& segment) const {
  if (c.state != State::Established || (segment.flags & (kAck | kSyn | kFin | kRst)) != kAck) return false;
  if (segment.sequence != c.receive.next() || c.receive.gaps() || c.recovery != Recovery::Open) return false;
  if (c.duplicates != 0 || c.timer == Timer::Persist || segment.options.sack_count != 0) return false;
  if (segment.window == 0 || c.wnd == 0) return false;
  if (!between(c.una, segment.ack, c.max) || segment.data.size() > c.receive.window()) return false;
  if (segment.data.empty() && segment.ack == c.una) return false;
  if (!c.timestamps) return true;
  return segment.options.timestamps && !before(segment.options.ts_value, c.ts_recent);
}

template <class Policy>
void Engine<Policy>::input_predicted(u64 now, Block& c, const Segment& segment, Outcome& outcome) {
  c.heard_at = now;
  if (c.timestamps) note_timestamp(now, c, segment);
  if (segment.ack != c.una) new_ack(now, c, segment, outcome);
  update_window(c, segment);
}

// RFC 9293, 3.10.7.3. True: go on with the data.
template <class Policy>
bool Engine<Policy>::input_syn_sent(u64 now, Block& c, const Segment& segment, Outcome& outcome) {
  const bool ack = segment.has(kAck);
  if (ack && (!after(segment.ack, c.iss) || after(segment.ack, c.max))) {
    if (!segment.has(kRst)) reply_reset(now, segment);
    return false;
  }
  if (segment.has(kRst)) {
    counters_.resets_in++;
    outcome.ended = ack;  // without an acknowledgement anyone could have made it
    outcome.reason = Reason::Reset;
    return false;
  }
  if (!segment.has(kSyn)) return false;
  c.heard_at = now;
  fill(c, segment);
  mark(c);
  if (ack) {
    arm(c, Timer::None, 0);
    establish(now, c, segment, outcome);
    c.ack_now = true;
    return false;  // data on a SYN is sent again
  }
  c.state = State::SynReceived;  // both began at the same time
  c.nxt = c.iss;
  c.rtt.retransmitted();
  return false;
}

// A SYN where none belongs. True: go on with the rest of the segment.
template <class Policy>
bool Engine<Policy>::input_syn(u64 now, Block& c, Segment& segment) {
  if (c.state != State::SynReceived || segment.sequence != c.irs) {
    challenge(now, c);  // RFC 5961, 4.2
    return false;
  }
  if (segment.has(kAck)) {  // the other half of a simultaneous open
    segment.flags &= static_cast<u8>(~kSyn);
    segment.sequence++;
    return true;
  }
  c.nxt = c.iss;  // our SYN-ACK was lost
  c.rtt.retransmitted();
  mark(c);
  return false;
}

// What does not concern acknowledgement and data. False: the segment is dealt with.
template <class Policy>
bool Engine<Policy>::check(u64 now, Block& c, Segment& segment, Outcome& outcome) {
  if (segment.has(kRst)) {  // RFC 5961, 3.2; in TIME-WAIT RFC 1337
    counters_.resets_in++;
    outcome.ended = segment.sequence == c.receive.next() && c.state != State::TimeWait;
    outcome.reason = Reason::Reset;
    if (!outcome.ended && impl::in_window(c, segment.sequence)) challenge(now, c);
    return false;
  }
  if (segment.has(kSyn) && !input_syn(now, c, segment)) return false;
  if (c.timestamps && !check_timestamp(now, c, segment)) return false;
  const bool had_data = !segment.data.empty();
  if (!impl::acceptable(c, segment)) {
    if (segment.length() == 0) {
      challenge(now, c);
      return false;
    }
    c.ack_now = true;
    if (c.state == State::TimeWait && segment.has(kFin)) enter_time_wait(now, c);
    mark(c);
    return false;
  }
  if (had_data && segment.data.empty()) {  // cut off
    c.ack_now = true;
    mark(c);
  }
  c.heard_at = now;
  if (c.timestamps) note_timestamp(now, c, segment);
  return segment.has(kAck);
}

// PAWS (RFC 7323, 5.3): what is older than the latest is an old duplicate, unless that is itself old.
template <class Policy>
bool Engine<Policy>::check_timestamp(u64 now, Block& c, const Segment& segment) {
  constexpr u64 kOutdated = 24ul * 24 * 3600 * kSecond;  // 5.5
  if (!segment.options.timestamps) return false;         // 3.2
  if (!before(segment.options.ts_value, c.ts_recent) || now - c.ts_recent_at > kOutdated) return true;
  counters_.old_timestamps++;
  if (segment.length() == 0) {
    challenge(now, c);
  } else {
    c.ack_now = true;
    mark(c);
  }
  return false;
}

// RFC 7323, 4.3, (2)
template <class Policy>
void Engine<Policy>::note_timestamp(u64 now, Block& c, const Segment& segment) {
  if (after(segment.sequence, c.last_ack)) return;
  c.ts_recent = segment.options.ts_value;
  c.ts_recent_at = now;
}

// An acknowledgement that tells the peer where we are, but not for every packet of a flood. Rationed by
// connection: a common ration would tell one peer about another (CVE-2016-5696).
template <class Policy>
void Engine<Policy>::challenge(u64 now, Block& c) {
  if (c.challenged_at != 0 && now - c.challenged_at < settings_.challenge_interval) return;
  c.challenged_at = now;
  c.ack_now = true;
  counters_.challenges++;
  mark(c);
}

}  // namespace tcp
