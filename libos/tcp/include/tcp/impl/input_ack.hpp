// SPDX-License-Identifier: MIT
// Engine: what a segment acknowledges (RFC 9293, 3.10.7.4, fifth; RFC 5681; RFC 6675; RFC 5961, 5).
// Included by engine.hpp.
#pragma once

namespace tcp {

// False: the segment is not to be looked at any further.
template <class Policy>
bool Engine<Policy>::acknowledge(u64 now, Block& c, const Segment& segment, Outcome& outcome) {
  if (c.state == State::SynReceived) {
    if (!after(segment.ack, c.iss) || after(segment.ack, c.max)) {
      reply_reset(now, segment);
      return false;
    }
    arm(c, Timer::None, 0);
    establish(now, c, segment, outcome);
    mark(c);
    return true;
  }
  if (after(segment.ack, c.max) || before(segment.ack, c.una - c.max_wnd)) {
    challenge(now, c);
    return false;
  }
  const u32 news = c.sack ? note_sack(c, segment) : 0;
  if (c.recovery == Recovery::Probing) probe_answered(now, c, segment);
  if (after(segment.ack, c.una)) {
    new_ack(now, c, segment, outcome);
    if (news > 0 && c.recovery <= Recovery::Probing) duplicate_ack(now, c, segment, news);
  } else if (segment.ack == c.una) {
    duplicate_ack(now, c, segment, news);
  }
  update_window(c, segment);
  return true;
}

template <class Policy>
void Engine<Policy>::new_ack(u64 now, Block& c, const Segment& segment, Outcome& outcome) {
  const u32 acked = segment.ack - c.una;
  const bool fin = acked > c.send.bytes();  // only the FIN lies behind the data
  c.send.acknowledge(fin ? acked - 1 : acked);
  c.una = segment.ack;
  c.nxt = later(c.nxt, c.una);
  c.resent = later(c.resent, c.una);
  c.board.acknowledge(c.una);
  c.tries = c.probes = 0;
  u64 age = kForever;
  if (c.timestamps && segment.options.ts_echo != 0) {
    const u32 ms = stamp(now, c.ts_offset) - segment.options.ts_echo;
    if (ms < 1u << 20) age = ms * kMillisecond;
  }
  c.rtt.acknowledged(now, segment.ack, age, settings_);
  // A window that was not used says nothing about the network (RFC 9438, 5.8).
  const u32 window = c.congestion.window();
  const bool limited = c.congestion.slow_start() ? 2 * c.peak >= window : c.peak + c.mss > window;
  if (c.recovery <= Recovery::Probing) {
    c.duplicates = 0;
    if (limited) c.congestion.grow(now, acked, c.rtt.smoothed());
  } else {
    // One segment for each acknowledgement: much of what it tells of may have come long ago (RFC 3465, 2.3).
    if (c.recovery == Recovery::Timeout)
      c.congestion.grow(now, acked < c.mss ? acked : c.mss, c.rtt.smoothed());
    acknowledged_in_recovery(c, acked);
  }
  if (c.una == c.max) {
    c.timer = Timer::None;
    await_silence(now, c);
  } else {
    await_ack(now, c);
  }
  if (fin) fin_acknowledged(now, c, outcome);
  if (c.send.bytes() > 0 || c.fin_wanted) mark(c);
}

template <class Policy>
void Engine<Policy>::acknowledged_in_recovery(Block& c, u32 bytes) {
  if (!before(c.una, c.recover)) {  // all that was out when the loss was noticed
    if (c.recovery == Recovery::Fast) c.congestion.recovered(c.max - c.una);
    c.recovery = Recovery::Open;
    c.duplicates = 0;
    c.resend_first = false;
    return;
  }
  if (c.rescue == Rescue::NotYet) c.rescue = Rescue::Allowed;
  if (c.recovery != Recovery::Fast || c.sack) return;
  // A partial acknowledgement (RFC 6582, 3.2, step 3): the segment that is now first is missing too, and
  // the others are those that the duplicates told of.
  const u32 told = bytes / c.mss > 0 ? bytes / c.mss - 1 : 0;
  c.duplicates -= told < c.duplicates ? told : c.duplicates;
  c.resend_first = true;
}

template <class Policy>
void Engine<Policy>::fin_acknowledged(u64 now, Block& c, Outcome& outcome) {
  if (c.state == State::FinWait1) {
    c.state = State::FinWait2;
    arm(c, Timer::Expire, now + settings_.finish_wait);
  } else if (c.state == State::Closing) {
    enter_time_wait(now, c);
  } else if (c.state == State::LastAck) {
    outcome.ended = true;
    outcome.reason = Reason::Finished;
  }
}

// How many bytes are known to have arrived that were not.
template <class Policy>
u32 Engine<Policy>::note_sack(Block& c, const Segment& segment) {
  u32 news = 0;
  for (u32 i = 0; i < segment.options.sack_count; i++) {
    Range block = segment.options.sack[i];
    // What is acknowledged is a report of duplicates (RFC 2883); what was never sent is an error.
    if (!before(block.begin, block.end) || after(block.end, c.max) || before(block.begin, c.una)) continue;
    if (before(block.begin, segment.ack)) continue;
    news += c.board.add(block);
  }
  return news;
}

// RFC 5681, 2: nothing new, nothing else in the segment, and something is on its way; or, RFC 6675, 2:
// whatever tells of more data beyond. With SACK a plain one counts too while there is a gap: a peer that
// deals with several segments at once tells all of them in the first of as many acknowledgements.
template <class Policy>
void Engine<Policy>::duplicate_ack(u64 now, Block& c, const Segment& segment, u32 news) {
  if (c.una == c.max || c.wnd == 0 || c.timer == Timer::Persist) return;  // the answer to a probe
  const bool plain = segment.length() == 0 && u32{segment.window} << c.send_scale == c.wnd &&
                     segment.ack == c.una && (!c.sack || !c.board.empty());
  if (!plain && news == 0) return;
  if (c.recovery == Recovery::Timeout) return;
  c.duplicates++;
  mark(c);
  if (c.recovery == Recovery::Fast) return lost_again(c);
  if (!c.sack && !after(c.una, c.recover)) return;  // still the same loss (RFC 6582, 3.2, step 1)
  const bool lost = c.sack && after(c.board.lost_before(c.una, c.mss), c.una);
  if (c.duplicates >= kDuplicates || lost) enter_recovery(now, c, c.una);
}

// RFC 8985, 7.4.2: what came of a tail loss probe.
template <class Policy>
void Engine<Policy>::probe_answered(u64 now, Block& c, const Segment& segment) {
  if (c.tail_probe) return;  // it has not left yet
  if (before(segment.ack, c.tail)) {
    // The peer has the probe, and not all that was sent long before it.
    if (!c.board.empty() && !before(c.board.highest(), c.tail)) enter_recovery(now, c, c.board.highest());
    return;
  }
  const HeaderOptions& options = segment.options;
  const bool twice = options.sack_count > 0 && !after(options.sack[0].end, segment.ack);  // RFC 2883
  if (c.tail_new || twice || segment.ack == c.una) {
    c.recovery = Recovery::Open;       // only what was said of it had been lost
  } else if (segment.ack != c.tail) {  // it was the only one that came: a loss all the same
    c.recovery = Recovery::Open;
    c.congestion.lost(now, c.max - c.una);
  }
}

// What was sent again is lost once more when as much of what left after it has arrived as tells of any loss:
// else only the time-out would notice (RFC 8985, 3.2, by order instead of by clock).
template <class Policy>
void Engine<Policy>::lost_again(Block& c) {
  if (!c.sack || c.board.empty()) return;
  if (!after(c.board.highest(), c.again + (kDuplicates - 1) * c.mss)) return;
  c.resent = c.una;
  c.again = c.max;
  c.resend_first = true;
}

template <class Policy>
void Engine<Policy>::enter_recovery(u64 now, Block& c, u32 lost) {
  c.congestion.lost(now, c.max - c.una);
  c.recovery = Recovery::Fast;
  c.recover = c.max;
  c.resent = c.una;
  c.again = c.max;
  c.tail = lost;
  c.tail_probe = false;
  if (c.timer == Timer::TailProbe) arm(c, Timer::Retransmit, now + c.rtt.timeout());
  c.rescue = Rescue::NotYet;
  c.resend_first = true;
  counters_.fast_retransmits++;
}

template <class Policy>
void Engine<Policy>::update_window(Block& c, const Segment& segment) {
  if (c.timer == Timer::Persist) c.tries = 0;  // it is there, it only has no room
  const bool newer =
      before(c.wl1, segment.sequence) || (c.wl1 == segment.sequence && !before(segment.ack, c.wl2));
  if (!newer) return;
  const u32 window = u32{segment.window} << c.send_scale;
  const bool grown = window > c.wnd;
  c.wnd = window;
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
