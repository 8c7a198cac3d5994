// SPDX-License-Identifier: MIT
// Engine: segments that belong to no connection, and connections that they begin.
#include "tcp/engine.hpp"

namespace tcp {

void Engine::input_unknown(u64 now, const Segment& segment, u32 at_least) {
  if (segment.has(kRst)) return;
  Listener* l = listener(segment.destination_port);
  if (l != nullptr && l->port != 0 && segment.has(kSyn) && !segment.has(kAck)) {
    return passive_open(now, *l, segment, at_least);
  }
  counters_.no_connection++;
  reply_reset(now, segment);
}

// Finds a place for a new half-open connection. The oldest half-open one goes when the listener has
// its fill of them, so that a flood of SYNs displaces its own kind, and never an open connection;
// in a full table the oldest one in TIME-WAIT goes first. False: all are in use.
bool Engine::make_room(const Listener& l) {
  const bool too_many = l.half_open >= l.backlog;
  if (!too_many && !table_.full()) return true;
  Connection* waiting = nullptr;
  Connection* half_open = nullptr;
  for (Connection& c : table_.all()) {
    if (c.state == State::TimeWait && !c.owned && (waiting == nullptr || c.born_at < waiting->born_at))
      waiting = &c;
    const bool counts = c.half_open && (!too_many || c.local_port == l.port);
    if (counts && (half_open == nullptr || c.born_at < half_open->born_at)) half_open = &c;
  }
  Connection* victim = too_many || waiting == nullptr ? half_open : waiting;
  if (victim == nullptr) return false;
  if (victim == half_open) counters_.half_open_dropped++;
  free(*victim);
  return true;
}

// `at_least`: 0, or what the initial sequence number must come after (RFC 9293, 3.10.7.4: reuse of a
// connection in TIME-WAIT).
void Engine::passive_open(u64 now, Listener& l, const Segment& segment, u32 at_least) {
  if (!make_room(l)) {
    counters_.table_full++;
    return;
  }
  Connection* c = table_.allocate(segment.source, segment.source_port, segment.destination_port);
  u32 iss = initial_sequence(options_.key, now, segment.destination, segment.destination_port, segment.source,
                             segment.source_port);
  if (at_least != 0 && !after(iss, at_least)) iss = at_least + 1;
  c->state = State::SynReceived;
  c->half_open = true;
  l.half_open++;
  c->born_at = now;
  c->ack_at = kForever;
  c->iss = c->una = c->nxt = c->max = iss;
  c->rtt.reset(options_);
  c->send.reset();
  fill(*c, segment);
  mark(*c);
}

// Takes over what the peer's SYN says.
void Engine::fill(Connection& c, const Segment& segment) {
  c.irs = segment.sequence;
  c.irs_known = true;
  c.receive.reset(table_.receive_memory(c), table_.receive_bytes(), segment.sequence + 1);
  c.edge = segment.sequence + 1;
  const u16 theirs = segment.mss != 0 ? segment.mss : kDefaultMss;
  c.mss = theirs > kMss ? kMss : theirs < kLeastMss ? kLeastMss : theirs;
  c.wnd = c.max_wnd = segment.window;
  c.wl1 = segment.sequence;
  c.wl2 = segment.ack;
}

// RFC 9293, 3.10.7.1
void Engine::reply_reset(u64 now, const Segment& segment) {
  SegmentHeader reset{segment.destination_port, segment.source_port, 0, 0, 0, kRst, 0};
  if (segment.has(kAck)) {
    reset.sequence = segment.ack;
  } else {
    reset.flags = kRst | kAck;
    reset.ack = segment.sequence + segment.length();
  }
  counters_.resets_out++;
  (void)transmit(now, segment.source, reset, {});
}

}  // namespace tcp
