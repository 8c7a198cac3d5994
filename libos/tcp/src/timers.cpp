// SPDX-License-Identifier: MIT
// Engine: time (RFC 6298; RFC 9293, 3.8.6.1 on closed windows).
#include "tcp/engine.hpp"

namespace tcp {

void Engine::run_timers(u64 now) {
  for (Connection& c : table_.all()) {
    if (c.state == State::Closed) continue;
    if (c.ack_at <= now) {
      c.ack_at = kForever;
      c.ack_now = true;
      mark(c);
    }
    if (c.timer != Timer::None && c.timer_at <= now) timer_fired(now, c);
  }
  next_deadline_ = kForever;
  for (const Connection& c : table_.all()) {
    if (c.state == State::Closed) continue;
    if (c.ack_at < next_deadline_) next_deadline_ = c.ack_at;
    if (c.timer != Timer::None && c.timer_at < next_deadline_) next_deadline_ = c.timer_at;
  }
}

void Engine::timer_fired(u64 now, Connection& c) {
  switch (c.timer) {
    case Timer::None:
      break;
    case Timer::Retransmit:
      retransmit(now, c);
      break;
    case Timer::Persist:
      probe_window(now, c);
      break;
    case Timer::Expire:
      end(now, c, c.state == State::TimeWait ? Reason::Finished : Reason::TimedOut);
      break;
  }
}

// Everything not acknowledged is taken for lost; it is sent again as the window opens anew.
void Engine::retransmit(u64 now, Connection& c) {
  const u8 limit = c.state == State::SynSent       ? options_.syn_tries
                   : c.state == State::SynReceived ? options_.syn_ack_tries
                                                   : options_.data_tries;
  counters_.timeouts++;
  if (++c.tries >= limit) {
    if (c.half_open) counters_.half_open_dropped++;
    return end(now, c, Reason::TimedOut);
  }
  c.rtt.back_off(options_);
  c.rtt.retransmitted();
  c.resend_first = false;
  if (!c.synchronized()) {
    c.nxt = c.iss;
  } else {
    if (c.tries == 1) c.congestion.timed_out(c.max, c.max - c.una);
    c.nxt = c.una;
    c.probe = c.wnd == 0;  // the window has closed over what was sent
  }
  arm(c, c.probe ? Timer::Persist : Timer::Retransmit, now + c.rtt.timeout());
  mark(c);
}

// The peer's window is closed, and the segment that opened it may be lost: ask with one byte, ever
// less often, for as long as the peer answers.
void Engine::probe_window(u64 now, Connection& c) {
  if (++c.tries >= options_.data_tries) return end(now, c, Reason::TimedOut);
  counters_.probes++;
  c.nxt = c.una;
  c.probe = true;
  c.rtt.retransmitted();
  u64 wait = c.rtt.timeout();
  for (u8 i = 0; i < c.probes && wait < options_.rto_max; i++) wait *= 2;
  if (c.probes < 0xff) c.probes++;
  arm(c, Timer::Persist, now + (wait < options_.rto_max ? wait : options_.rto_max));
  mark(c);
}

}  // namespace tcp
