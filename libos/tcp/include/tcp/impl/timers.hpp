// SPDX-License-Identifier: MIT
// Engine: time (RFC 6298; RFC 9293, 3.8.6.1 on closed windows and 3.8.4 on silent peers). Included by
// engine.hpp.
#pragma once

namespace tcp {

// The wheel has come to the connection's place: some deadline may be over.
template <class Policy>
void Engine<Policy>::due(u64 now, Block& c) {
  const ConnectionId id = id_of(c);
  if (c.ack_at <= now) {
    c.ack_at = kForever;
    c.ack_now = true;
    mark(c);
  }
  if (c.timer != Timer::None && c.timer_at <= now) timer_fired(now, c);
  if (alive(id) != nullptr) set_wheel(c);
}

template <class Policy>
void Engine<Policy>::timer_fired(u64 now, Block& c) {
  switch (c.timer) {
    case Timer::None:
      break;
    case Timer::Retransmit:
      retransmit(now, c);
      break;
    case Timer::TailProbe:
      probe_tail(now, c);
      break;
    case Timer::Persist:
      probe_window(now, c);
      break;
    case Timer::KeepAlive:
      probe_peer(now, c);
      break;
    case Timer::Expire:
      end(now, c, c.state == State::TimeWait ? Reason::Finished : Reason::TimedOut);
      break;
  }
}

// How long to wait before a tail loss probe, 0: there is to be none. One segment alone may be acknowledged
// late on purpose.
template <class Policy>
u64 Engine<Policy>::probe_after(const Block& c) const {
  if (!Policy::kTailProbe || c.max - c.una <= c.mss || !c.sack || c.recovery != Recovery::Open) return 0;
  const u64 trips = 2 * c.rtt.smoothed();
  const u64 wait = trips > settings_.probe_min ? trips : settings_.probe_min;
  return trips != 0 && wait < c.rtt.timeout() ? wait : 0;
}

template <class Policy>
void Engine<Policy>::await_ack(u64 now, Block& c) {
  const u64 soon = probe_after(c);
  arm(c, soon != 0 ? Timer::TailProbe : Timer::Retransmit, now + (soon != 0 ? soon : c.rtt.timeout()));
}

// RFC 8985, 7: no acknowledgement for two round trips. The end of what is out may be lost, or the one
// acknowledgement of all of it: a segment more makes the peer tell. Where it has told of something beyond a
// gap, the gap has had its time, and is lost.
template <class Policy>
void Engine<Policy>::probe_tail(u64 now, Block& c) {
  arm(c, Timer::Retransmit, now + c.rtt.timeout());
  if (c.wnd == 0) return;
  mark(c);
  if (!c.board.empty()) return enter_recovery(now, c, c.board.highest());
  counters_.tail_probes++;
  c.recovery = Recovery::Probing;
  c.tail_probe = true;
}

// What the peer is not known to have is taken for lost; it is sent again as the window opens anew.
template <class Policy>
void Engine<Policy>::retransmit(u64 now, Block& c) {
  const u8 limit = c.state == State::SynSent       ? settings_.syn_tries
                   : c.state == State::SynReceived ? settings_.syn_ack_tries
                                                   : settings_.data_tries;
  counters_.timeouts++;
  if (++c.tries >= limit) {
    if (c.half_open) counters_.half_open_dropped++;
    return end(now, c, Reason::TimedOut);
  }
  c.rtt.back_off(settings_);
  c.rtt.retransmitted();
  if (!c.synchronized()) {
    c.nxt = c.iss;
  } else {
    if (c.tries == 1 && c.wnd != 0) c.congestion.timed_out(now, c.max - c.una);
    if (c.tries > 1) c.board.reset();  // the peer may have thrown it away (RFC 2018, 8)
    c.recovery = Recovery::Timeout;
    c.recover = c.max;
    c.duplicates = 0;
    c.resend_first = c.tail_probe = false;
    c.resent = c.nxt = c.una;
    c.probe = c.wnd == 0;  // the window has closed over what was sent
  }
  arm(c, c.probe ? Timer::Persist : Timer::Retransmit, now + c.rtt.timeout());
  mark(c);
}

// The peer's window is closed, and the segment that opened it may be lost: ask with one byte, ever
// less often, for as long as the peer answers.
template <class Policy>
void Engine<Policy>::probe_window(u64 now, Block& c) {
  if (++c.tries >= settings_.data_tries) return end(now, c, Reason::TimedOut);
  counters_.probes++;
  c.nxt = c.una;
  c.probe = true;
  c.rtt.retransmitted();
  u64 wait = c.rtt.timeout();
  for (u8 i = 0; i < c.probes && wait < settings_.rto_max; i++) wait *= 2;
  if (c.probes < 0xff) c.probes++;
  arm(c, Timer::Persist, now + (wait < settings_.rto_max ? wait : settings_.rto_max));
  mark(c);
}

// Nothing is on its way: from now on only silence is waited for, if the application wants that.
template <class Policy>
void Engine<Policy>::await_silence(u64 now, Block& c) {
  if (settings_.keep_idle != 0) arm(c, Timer::KeepAlive, now + settings_.keep_idle);
}

template <class Policy>
void Engine<Policy>::probe_peer(u64 now, Block& c) {
  if (now - c.heard_at < settings_.keep_idle) {
    c.probes = 0;
    return arm(c, Timer::KeepAlive, c.heard_at + settings_.keep_idle);
  }
  if (c.probes >= settings_.keep_tries) return end(now, c, Reason::TimedOut);
  c.probes++;
  counters_.keep_probes++;
  c.keep_probe = true;
  arm(c, Timer::KeepAlive, now + settings_.keep_interval);
  mark(c);
}

}  // namespace tcp
