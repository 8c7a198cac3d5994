// SPDX-License-Identifier: MIT
// Engine: received segments, in the order of checks of RFC 9293, 3.10.7, with RFC 5961's answers to
// blind attacks.
#include "tcp/engine.hpp"

namespace tcp {
namespace {

bool in_window(const Connection& c, u32 sequence) { return sequence - c.receive.next() < c.receive.window(); }

// RFC 9293, 3.4, table 6. Data into a closed window is cut off, so that its acknowledgement counts.
bool acceptable(const Connection& c, Segment& segment) {
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

}  // namespace

void Engine::input(u64 now, const net::Received& packet) {
  now_ = now;
  counters_.segments_in++;
  Segment segment;
  const Malformed malformed = read_segment(packet, segment);
  if (malformed == Malformed::Checksum) counters_.bad_checksum++;
  if (malformed == Malformed::Header) counters_.bad_segment++;
  if (malformed != Malformed::No) return;
  if (packet.destination != stack_->interface().address || packet.source.none()) {  // a broadcast
    counters_.bad_segment++;
    return;
  }
  u32 at_least = 0;
  Connection* c = table_.find(segment.source, segment.source_port, segment.destination_port);
  if (c != nullptr && c->state == State::TimeWait && !c->owned && segment.has(kSyn) && !segment.has(kRst) &&
      !segment.has(kAck) && after(segment.sequence, c->receive.next())) {
    at_least = c->max;  // the peer begins anew (RFC 1122, 4.2.2.13)
    free(*c);
    c = nullptr;
  }
  if (c == nullptr) return input_unknown(now, segment, at_least);
  if (segment.has(kRst)) counters_.resets_in++;
  Outcome outcome;
  switch (c->state) {
    case State::SynSent:
      input_syn_sent(now, *c, segment, outcome);
      break;
    case State::TimeWait:
      input_time_wait(now, *c, segment);
      break;
    default:
      input_synchronized(now, *c, segment, outcome);
  }
  tell(now, *c, outcome);
}

// RFC 9293, 3.10.7.3
void Engine::input_syn_sent(u64 now, Connection& c, const Segment& segment, Outcome& outcome) {
  const bool ack = segment.has(kAck);
  if (ack && (!after(segment.ack, c.iss) || after(segment.ack, c.max))) {
    if (!segment.has(kRst)) reply_reset(now, segment);
    return;
  }
  if (segment.has(kRst)) {
    outcome.ended = ack;  // without an acknowledgement anyone could have made it
    outcome.reason = Reason::Reset;
    return;
  }
  if (!segment.has(kSyn)) return;
  fill(c, segment);
  if (ack) {
    establish(now, c, segment, outcome);
    c.ack_now = true;
  } else {  // both began at the same time
    c.state = State::SynReceived;
    c.nxt = c.iss;
    c.rtt.retransmitted();
  }
  mark(c);
}

// A SYN where none belongs. True: go on with the rest of the segment.
bool Engine::input_syn(u64 now, Connection& c, Segment& segment) {
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

void Engine::input_synchronized(u64 now, Connection& c, Segment& segment, Outcome& outcome) {
  if (segment.has(kRst)) {  // RFC 5961, 3.2
    outcome.ended = segment.sequence == c.receive.next();
    outcome.reason = Reason::Reset;
    if (!outcome.ended && in_window(c, segment.sequence)) challenge(now, c);
    return;
  }
  if (segment.has(kSyn) && !input_syn(now, c, segment)) return;
  const bool had_data = !segment.data.empty();
  if (!acceptable(c, segment)) {
    if (segment.length() == 0) return challenge(now, c);
    c.ack_now = true;
    return mark(c);
  }
  if (had_data && segment.data.empty()) c.ack_now = true;  // cut off
  if (c.ack_now) mark(c);
  if (!segment.has(kAck) || !acknowledge(now, c, segment, outcome) || outcome.ended) return;
  take_data(now, c, segment, outcome);
}

// RFC 9293, 3.10.7.4, and RFC 1337: a reset does not end TIME-WAIT.
void Engine::input_time_wait(u64 now, Connection& c, const Segment& segment) {
  if (segment.has(kRst)) return;
  if (segment.has(kFin)) {  // our acknowledgement was lost
    enter_time_wait(now, c);
    c.ack_now = true;
    mark(c);
  } else if (segment.has(kSyn) || segment.length() > 0 || segment.sequence != c.receive.next()) {
    challenge(now, c);
  }
}

void Engine::enter_time_wait(u64 now, Connection& c) {
  c.state = State::TimeWait;
  c.born_at = now;
  arm(c, Timer::Expire, now + options_.time_wait);
}

// An acknowledgement that tells the peer where we are, but not for every packet of a flood.
void Engine::challenge(u64 now, Connection& c) {
  if (c.challenged_at != 0 && now - c.challenged_at < options_.challenge_interval) return;
  c.challenged_at = now;
  c.ack_now = true;
  counters_.challenges++;
  mark(c);
}

}  // namespace tcp
