// SPDX-License-Identifier: MIT
// Engine: the data of a segment and its FIN (RFC 9293, 3.10.7.4, seventh and eighth).
#include "tcp/engine.hpp"

namespace tcp {
namespace {

constexpr u8 kMostMoreAcks = 16;

}  // namespace

void Engine::take_data(u64 now, Connection& c, const Segment& segment, Outcome& outcome) {
  if (c.state != State::Established && c.state != State::FinWait1 && c.state != State::FinWait2) {
    if (segment.length() > 0) {  // again, after its FIN
      c.ack_now = true;
      mark(c);
    }
    return;
  }
  const u32 size = static_cast<u32>(segment.data.size());
  if (size > 0) {
    const bool had_gaps = c.receive.gaps();
    const u32 ready = c.receive.insert(segment.sequence, segment.data);
    counters_.bytes_in += ready;
    outcome.readable = ready > 0;
    if (ready == 0) counters_.out_of_order++;
    // Each segment behind a gap has an acknowledgement of its own, even when several are dealt with in
    // one go: the peer counts them to notice the loss (RFC 5681, 3.2 and 4.2).
    if (ready == 0 && c.ack_now && c.more_acks < kMostMoreAcks) c.more_acks++;
    // Around a gap every segment is acknowledged at once, otherwise every second one.
    if (ready == 0 || had_gaps || c.receive.gaps() || ++c.unacked_segments >= 2) c.ack_now = true;
    if (c.state == State::FinWait2) arm(c, Timer::Expire, now + options_.finish_wait);
    delay_ack(c, now + options_.ack_delay);
    if (c.ack_now) mark(c);
  }
  if (segment.has(kFin)) {
    const u32 at = segment.sequence + size;
    if (at - c.receive.next() <= c.receive.window()) {  // else we had no room for what is before it
      c.fin_early = true;
      c.fin_sequence = at;
    }
    c.ack_now = true;
    mark(c);
  }
  if (c.fin_early && c.receive.next() == c.fin_sequence) take_fin(now, c, outcome);
}

void Engine::take_fin(u64 now, Connection& c, Outcome& outcome) {
  c.receive.skip_one();
  c.fin_early = false;
  c.fin_received = true;
  c.ack_now = true;
  outcome.readable = true;
  mark(c);
  if (c.state == State::Established) {
    c.state = State::CloseWait;
  } else if (c.state == State::FinWait1) {
    c.state = State::Closing;  // its acknowledgement of ours is still to come
  } else {
    enter_time_wait(now, c);
  }
}

}  // namespace tcp
