// SPDX-License-Identifier: MIT
// Engine: what a segment acknowledges (RFC 9293, 3.10.7.4, fifth; RFC 5681; RFC 5961, 5).
#include "tcp/engine.hpp"

namespace tcp {

// Our SYN is acknowledged.
void Engine::establish(u64 now, Connection& c, const Segment& segment, Outcome& outcome) {
  const bool syn_was_lost = c.tries > 0;
  c.una = segment.ack;
  c.nxt = c.max = c.iss + 1;
  c.wnd = c.max_wnd = segment.window;
  c.wl1 = segment.sequence;
  c.wl2 = segment.ack;
  c.tries = 0;
  arm(c, Timer::None, 0);
  c.rtt.acknowledged(now, segment.ack, options_);
  if (syn_was_lost && c.rtt.timeout() < 3 * kSecond) c.rtt.set_timeout(3 * kSecond);  // RFC 6298, 5.7
  c.congestion.reset(c.mss, syn_was_lost ? 1 : options_.initial_segments, c.iss);     // RFC 5681, 3.1
  c.state = c.fin_wanted ? State::FinWait1 : State::Established;
  if (c.half_open) {
    c.half_open = false;
    listener(c.local_port)->half_open--;
    counters_.opened_passive++;
  } else {
    counters_.opened_active++;
  }
  c.owned = true;
  outcome.opened = true;
}

// False: the segment is not to be looked at any further.
bool Engine::acknowledge(u64 now, Connection& c, const Segment& segment, Outcome& outcome) {
  if (c.state == State::SynReceived) {
    if (!after(segment.ack, c.iss) || after(segment.ack, c.max)) {
      reply_reset(now, segment);
      return false;
    }
    establish(now, c, segment, outcome);
    mark(c);
    return true;
  }
  if (after(segment.ack, c.max) || before(segment.ack, c.una - c.max_wnd)) {
    challenge(now, c);
    return false;
  }
  if (after(segment.ack, c.una)) {
    new_ack(now, c, segment, outcome);
  } else if (segment.ack == c.una) {
    duplicate_ack(c, segment);
  }
  update_window(c, segment);
  return true;
}

void Engine::new_ack(u64 now, Connection& c, const Segment& segment, Outcome& outcome) {
  const u32 acked = segment.ack - c.una;
  const bool fin = acked > c.send.bytes();  // only the FIN lies behind the data
  c.send.acknowledge(fin ? acked - 1 : acked);
  c.una = segment.ack;
  if (before(c.nxt, c.una)) c.nxt = c.una;
  c.tries = 0;
  c.rtt.acknowledged(now, segment.ack, options_);
  if (c.congestion.acknowledged(segment.ack, acked, c.max - c.una)) c.resend_first = true;
  if (c.una == c.max) {
    arm(c, Timer::None, 0);
  } else {
    arm(c, Timer::Retransmit, now + c.rtt.timeout());
  }
  if (fin) fin_acknowledged(now, c, outcome);
  mark(c);
}

void Engine::fin_acknowledged(u64 now, Connection& c, Outcome& outcome) {
  if (c.state == State::FinWait1) {
    c.state = State::FinWait2;
    arm(c, Timer::Expire, now + options_.finish_wait);
  } else if (c.state == State::Closing) {
    enter_time_wait(now, c);
  } else if (c.state == State::LastAck) {
    outcome.ended = true;
    outcome.reason = Reason::Finished;
  }
}

// RFC 5681, 2: nothing new, nothing else in the segment, and something is on its way.
void Engine::duplicate_ack(Connection& c, const Segment& segment) {
  if (segment.length() > 0 || segment.window != c.wnd || c.una == c.max) return;
  if (c.wnd == 0 || c.timer == Timer::Persist) return;  // the answer to a probe
  if (c.congestion.duplicate(c.una, c.max)) {
    c.resend_first = true;
    counters_.fast_retransmits++;
  }
  if (c.congestion.recovering()) mark(c);
}

void Engine::update_window(Connection& c, const Segment& segment) {
  if (c.timer == Timer::Persist) c.tries = 0;  // it is there, it only has no room
  const bool newer =
      before(c.wl1, segment.sequence) || (c.wl1 == segment.sequence && !before(segment.ack, c.wl2));
  if (!newer) return;
  const bool grown = segment.window > c.wnd;
  c.wnd = segment.window;
  c.wl1 = segment.sequence;
  c.wl2 = segment.ack;
  if (c.wnd > c.max_wnd) c.max_wnd = c.wnd;
  if (!grown) return;
  c.probes = 0;
  if (c.timer == Timer::Persist) {  // the probe was not taken: begin with it
    arm(c, Timer::None, 0);
    c.nxt = c.una;
  }
  mark(c);
}

}  // namespace tcp
