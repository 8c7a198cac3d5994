// SPDX-License-Identifier: MIT
// Engine: the list of connections with something to do, deadlines, endings, and telling.
#include "tcp/engine.hpp"

namespace tcp {

void Engine::mark(Connection& c) {
  if (c.dirty) return;
  c.dirty = true;
  c.next_dirty = 0;
  const u16 number = static_cast<u16>(table_.index(c) + 1);
  if (dirty_last_ != 0) {
    table_.all()[dirty_last_ - 1u].next_dirty = number;
  } else {
    dirty_first_ = number;
  }
  dirty_last_ = number;
}

void Engine::unmark(Connection& c) {
  if (!c.dirty) return;
  const u16 number = static_cast<u16>(table_.index(c) + 1);
  u16 before = 0;
  u16* link = &dirty_first_;  // usually it is the first
  while (*link != number) {
    before = *link;
    link = &table_.all()[*link - 1u].next_dirty;
  }
  *link = c.next_dirty;
  if (dirty_last_ == number) dirty_last_ = before;
  c.dirty = false;
}

void Engine::arm(Connection& c, Timer timer, u64 at) {
  c.timer = timer;
  c.timer_at = at;
  if (timer != Timer::None && at < next_deadline_) next_deadline_ = at;
}

void Engine::delay_ack(Connection& c, u64 at) {
  if (c.ack_at <= at) return;
  c.ack_at = at;
  if (at < next_deadline_) next_deadline_ = at;
}

// Gives back what is acknowledged. The application may abort the connection meanwhile.
void Engine::release(u64 now, Connection& c) {
  const ConnectionId id = id_of(c);
  while (c.generation == id.generation && c.send.has_released()) {
    const u64 token = c.send.pop_released();
    events_.released(events_.context, now, id, token);
  }
}

void Engine::free(Connection& c) {
  unmark(c);
  if (c.half_open) listener(c.local_port)->half_open--;
  table_.free(c);
}

// From here on no call of the application finds it.
void Engine::end(u64 now, Connection& c, Reason reason) {
  const ConnectionId id = id_of(c);
  const bool told = c.owned;
  c.state = State::Closed;
  c.send.release_all();
  release(now, c);
  counters_.closed++;
  free(c);
  if (told) events_.closed(events_.context, now, id, reason);
}

void Engine::tell(u64 now, Connection& c, const Outcome& outcome) {
  const ConnectionId id = id_of(c);
  if (outcome.opened) events_.opened(events_.context, now, id, c.local_port);
  if (alive(id) == nullptr) return;
  release(now, c);
  if (alive(id) == nullptr) return;
  if (outcome.readable && c.owned) events_.readable(events_.context, now, id);
  if (alive(id) == nullptr) return;
  if (outcome.ended) return end(now, c, outcome.reason);
  tell_finished(now, c);
}

// The application learns of the end when it has read everything; the connection itself stays in
// TIME-WAIT without it.
void Engine::tell_finished(u64 now, Connection& c) {
  if (c.state != State::TimeWait || !c.owned || c.receive.ready() > 0) return;
  c.owned = false;
  events_.closed(events_.context, now, id_of(c), Reason::Finished);
}

}  // namespace tcp
