// SPDX-License-Identifier: MIT
// Engine: the data of a segment and its FIN (RFC 9293, 3.10.7.4, seventh and eighth). Included by
// engine.hpp.
#pragma once

namespace tcp {

// False: the application has ended the connection meanwhile.
template <class Policy>
bool Engine<Policy>::take(u64 now, Block& c, const Segment& segment) {
  if (c.state != State::Established && c.state != State::FinWait1 && c.state != State::FinWait2) {
    if (segment.length() == 0) return true;
    c.ack_now = true;  // again, after its FIN
    if (c.state == State::TimeWait && segment.has(kFin)) enter_time_wait(now, c);
    mark(c);
    return true;
  }
  if (!segment.data.empty() && !take_data(now, c, segment)) return false;
  if (segment.has(kFin)) {
    const u32 at = segment.sequence + static_cast<u32>(segment.data.size());
    if (at - c.receive.next() <= c.receive.window()) {  // else we had no room for what is before it
      c.fin_early = true;
      c.fin_sequence = at;
    }
    c.ack_now = true;
    mark(c);
  }
  return !c.fin_early || c.receive.next() != c.fin_sequence || take_fin(now, c);
}

template <class Policy>
bool Engine<Policy>::take_data(u64 now, Block& c, const Segment& segment) {
  const u32 next = c.receive.next();
  if (c.state == State::FinWait2) arm(c, Timer::Expire, now + settings_.finish_wait);
  if (c.receive.empty() && !after(segment.sequence, next)) {
    const u32 old = next - segment.sequence;
    if (old >= segment.data.size()) {
      owe_ack(now, c, true);
      return true;
    }
    std::span<const u8> data = segment.data.subspan(old);
    if (data.size() > c.receive.window()) data = data.first(c.receive.window());
    return deliver(now, c, data);
  }
  const bool had_gaps = c.receive.gaps();
  const u32 reserve = blocks_.count() / 4;  // blocks that early data leaves
  const u32 ready = c.receive.insert(blocks_, segment.sequence, segment.data, reserve);
  counters_.bytes_in += ready;
  if (ready == 0) {
    counters_.out_of_order++;
    // Each segment behind a gap has an acknowledgement of its own, even when several are dealt with in
    // one go: the peer counts them to notice the loss (RFC 5681, 3.2 and 4.2).
    if (c.ack_now && c.more_acks < 16) c.more_acks++;
  }
  owe_ack(now, c, ready == 0 || had_gaps);  // around a gap every segment is acknowledged at once
  if (ready == 0) return true;
  const ConnectionId id = id_of(c);
  events_.readable(events_.context, now, id);
  return alive(id) != nullptr;
}

// The next bytes in order go to the application as they lie in the packet; what it does not take now is
// kept, and what there is no room for the peer will send again.
template <class Policy>
bool Engine<Policy>::deliver(u64 now, Block& c, std::span<const u8> data) {
  const ConnectionId id = id_of(c);
  direct_owner_ = &c;
  direct_ = data;
  events_.readable(events_.context, now, id);
  const std::span<const u8> rest = direct_;
  direct_owner_ = nullptr;
  direct_ = {};
  if (alive(id) == nullptr) return false;
  u32 taken = static_cast<u32>(data.size() - rest.size());
  c.receive.pass(taken);
  if (!rest.empty()) {
    const u32 kept = c.receive.insert(blocks_, c.receive.next(), rest, 0);
    if (kept < rest.size()) counters_.no_room++;
    taken += kept;
  }
  counters_.bytes_in += taken;
  owe_ack(now, c, taken < data.size());
  return true;
}

template <class Policy>
void Engine<Policy>::owe_ack(u64 now, Block& c, bool at_once) {
  if (at_once || ++c.unacked_segments >= Policy::kAckEvery) {
    c.ack_now = true;
    return mark(c);
  }
  delay_ack(c, now + settings_.ack_delay);
}

template <class Policy>
bool Engine<Policy>::take_fin(u64 now, Block& c) {
  c.receive.skip_one();
  c.fin_early = false;
  c.fin_received = true;
  c.ack_now = true;
  mark(c);
  if (c.state == State::Established) {
    c.state = State::CloseWait;
  } else if (c.state == State::FinWait1) {
    c.state = State::Closing;  // its acknowledgement of ours is still to come
  } else {
    enter_time_wait(now, c);
  }
  const ConnectionId id = id_of(c);
  events_.readable(events_.context, now, id);
  return alive(id) != nullptr;
}

template <class Policy>
void Engine<Policy>::enter_time_wait(u64 now, Block& c) {
  c.state = State::TimeWait;
  arm(c, Timer::Expire, now + settings_.time_wait);
  mark(c);
}

}  // namespace tcp
