// SPDX-License-Identifier: MIT
// Engine: connections that begin, and SYN cookies. Included by engine.hpp.
#pragma once

namespace tcp {

// A block for `flow` with all that does not depend on the peer; nullptr: the table is full.
template <class Policy>
auto Engine<Policy>::begin(u64 now, const Flow& flow, u32 iss, u32 ts_offset) -> Block* {
  Block* c = table_.allocate(flow);
  if (c == nullptr) {
    counters_.table_full++;
    return nullptr;
  }
  if (wheel_.next() == kForever) wheel_.start(now);
  c->ack_at = kForever;
  c->heard_at = now;
  c->iss = c->una = c->nxt = c->max = c->recover = c->resent = c->peak_end = iss;
  c->ts_offset = ts_offset;
  c->rtt.reset(settings_);
  c->send.reset();
  c->board.reset();
  return c;
}

// `at_least`: 0, or what the initial sequence number must come after (RFC 9293, 3.10.7.4: reuse of a
// connection in TIME-WAIT).
template <class Policy>
void Engine<Policy>::passive_open(u64 now, Listener& l, const Segment& segment, u32 at_least) {
  if (l.half_open >= l.backlog || table_.full()) {
    if (Policy::kSynCookies) return answer_with_cookie(now, segment);
    counters_.half_open_dropped++;
    return;
  }
  const Secret secret = secret_of(settings_.key, segment.flow);
  u32 iss = initial_sequence(now, secret);
  if (at_least != 0 && !after(iss, at_least)) iss = at_least + 1;
  Block* c = begin(now, segment.flow, iss, secret.timestamp);
  c->state = State::SynReceived;
  c->half_open = true;
  l.half_open++;
  fill(*c, segment);
  mark(*c);
}

template <class Policy>
void Engine<Policy>::answer_with_cookie(u64 now, const Segment& segment) {
  const HeaderOptions& theirs = segment.options;
  const bool v4 = segment.flow.remote.is_v4();
  const u16 size = theirs.mss != 0 ? theirs.mss : v4 ? kDefaultMss : kDefaultMss6;
  SegmentHeader header;
  header.sequence = make_cookie(settings_.key, now, segment.flow, segment.sequence, size);
  header.ack = segment.sequence + 1;
  header.window = static_cast<u16>(kWindow < 0xffff ? kWindow : 0xffff);
  header.flags = kSyn | kAck;
  header.options.mss = static_cast<u16>(stack_->path_mtu(segment.flow.remote) -
                                        (v4 ? net::kIpHeader : net::kIp6Header) - kHeader);
  if (Policy::kTimestamps && theirs.timestamps) {  // only with them the other options can come back
    header.options.timestamps = true;
    header.options.ts_value =
        cookie_timestamp(stamp(now, secret_of(settings_.key, segment.flow).timestamp), theirs);
    header.options.ts_echo = theirs.ts_value;
    header.options.sack_permitted = Policy::kSack && theirs.sack_permitted;
    if (Policy::kWindowScale && theirs.scale != kNoScale) header.options.scale = kScale;
  }
  counters_.cookies_sent++;
  (void)transmit(now, segment.flow, header, {});
}

// An acknowledgement that belongs to nothing may be that of a cookie. True: it was.
template <class Policy>
bool Engine<Policy>::open_by_cookie(u64 now, const Segment& segment) {
  if (!Policy::kSynCookies || counters_.cookies_sent == 0) return false;
  const u32 cookie = segment.ack - 1, irs = segment.sequence - 1;
  const std::optional<u16> size = read_cookie(settings_.key, now, segment.flow, irs, cookie);
  if (!size) {
    counters_.cookies_bad++;
    return false;
  }
  Block* c = begin(now, segment.flow, cookie, secret_of(settings_.key, segment.flow).timestamp);
  if (c == nullptr) return true;  // it will be sent again
  counters_.cookies_taken++;
  Segment syn = segment;
  syn.sequence = irs;
  syn.options = {};
  if (segment.options.timestamps) {
    syn.options = from_cookie_timestamp(segment.options.ts_echo);
    syn.options.timestamps = true;
    syn.options.ts_value = segment.options.ts_value;
  }
  syn.options.mss = *size;
  c->state = State::SynReceived;
  c->nxt = c->max = cookie + 1;
  fill(*c, syn);
  c->edge = c->receive.next() + (kWindow < 0xffff ? kWindow : 0xffff);
  Segment rest = segment;
  input_connection(now, *c, rest);
  return true;
}

// Payload of a segment to the peer, who takes `theirs` (RFC 9293, 3.7.1; RFC 6691).
template <class Policy>
u32 Engine<Policy>::payload_limit(const Block& c, u32 theirs) const {
  const bool v4 = c.flow.remote.is_v4();
  u32 limit = stack_->path_mtu(c.flow.remote) - (v4 ? net::kIpHeader : net::kIp6Header) - kHeader;
  if (theirs == 0) theirs = v4 ? kDefaultMss : kDefaultMss6;
  if (theirs < kLeastMss) theirs = kLeastMss;
  if (theirs < limit) limit = theirs;
  if (settings_.mss_clamp < limit) limit = settings_.mss_clamp;
  return c.timestamps ? limit - kTimestampsLength : limit;
}

template <class Policy>
void Engine<Policy>::agree(Block& c, const HeaderOptions& theirs) {
  c.timestamps = Policy::kTimestamps && theirs.timestamps;
  c.sack = Policy::kSack && theirs.sack_permitted;
  c.scaled = Policy::kWindowScale && theirs.scale != kNoScale;
  c.send_scale = c.scaled ? theirs.scale : u8{0};
  c.receive_scale = c.scaled ? kScale : u8{0};
}

// Takes over what the peer's SYN says. Its window is not scaled (RFC 7323, 2.2).
template <class Policy>
void Engine<Policy>::fill(Block& c, const Segment& segment) {
  c.irs = segment.sequence;
  c.irs_known = true;
  c.receive.reset(segment.sequence + 1);
  c.edge = c.last_ack = segment.sequence + 1;
  agree(c, segment.options);
  c.mss = payload_limit(c, segment.options.mss);
  c.wnd = c.max_wnd = segment.window;
  c.wl1 = segment.sequence;
  c.wl2 = segment.ack;
  c.ts_recent = segment.options.ts_value;
  c.ts_recent_at = now_;
}

// Our SYN is acknowledged.
template <class Policy>
void Engine<Policy>::establish(u64 now, Block& c, const Segment& segment, Outcome& outcome) {
  const bool syn_was_lost = c.tries > 0;
  c.una = segment.ack;
  c.nxt = c.max = c.resent = c.iss + 1;
  c.recover = c.iss;
  c.wnd = segment.has(kSyn) ? u32{segment.window} : u32{segment.window} << c.send_scale;
  if (c.wnd > c.max_wnd) c.max_wnd = c.wnd;
  c.wl1 = segment.sequence;
  c.wl2 = segment.ack;
  c.tries = 0;
  c.rtt.acknowledged(now, segment.ack, kForever, settings_);
  if (syn_was_lost && c.rtt.timeout() < 3 * kSecond) c.rtt.set_timeout(3 * kSecond);  // RFC 6298, 5.7
  c.congestion.reset(c.mss, syn_was_lost ? c.mss : initial_window(c.mss));            // RFC 5681, 3.1
  c.state = c.fin_wanted ? State::FinWait1 : State::Established;
  (c.owned ? counters_.opened_active : counters_.opened_passive)++;
  leave_half_open(c);
  c.owned = true;
  await_silence(now, c);
  outcome.opened = true;
}

}  // namespace tcp
