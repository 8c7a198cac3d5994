// SPDX-License-Identifier: MIT
// Engine: the list of connections with something to do, deadlines, endings, and telling. Included by
// engine.hpp.
#pragma once

namespace tcp {

template <class Policy>
void Engine<Policy>::mark(Block& c) {
  if (c.dirty) return;
  c.dirty = true;
  c.next_dirty = 0;
  const u32 number = table_.index(c) + 1;
  if (dirty_last_ != 0) {
    table_.at(dirty_last_ - 1).next_dirty = number;
  } else {
    dirty_first_ = number;
  }
  dirty_last_ = number;
}

template <class Policy>
void Engine<Policy>::unmark(Block& c) {
  if (!c.dirty) return;
  const u32 number = table_.index(c) + 1;
  u32 before = 0;
  u32* link = &dirty_first_;  // usually it is the first
  while (*link != number) {
    before = *link;
    link = &table_.at(*link - 1).next_dirty;
  }
  *link = c.next_dirty;
  if (dirty_last_ == number) dirty_last_ = before;
  c.dirty = false;
}

// The wheel may hold an earlier deadline than there is any more: moving it for every packet would cost
// more than to look once in vain.
template <class Policy>
void Engine<Policy>::set_wheel(Block& c) {
  u64 at = c.ack_at;
  if (c.timer != Timer::None && c.timer_at < at) at = c.timer_at;
  if (at == kForever || (c.place != 0 && c.at * Wheel::kTick <= at)) return;
  wheel_.set(c, at);
}

template <class Policy>
void Engine<Policy>::arm(Block& c, Timer timer, u64 at) {
  c.timer = timer;
  c.timer_at = at;
  set_wheel(c);
}

template <class Policy>
void Engine<Policy>::delay_ack(Block& c, u64 at) {
  if (c.ack_at <= at) return;
  c.ack_at = at;
  set_wheel(c);
}

// Gives back what is acknowledged. The application may abort the connection meanwhile.
template <class Policy>
void Engine<Policy>::release(u64 now, Block& c) {
  const ConnectionId id = id_of(c);
  while (c.generation == id.generation && c.send.has_released(pieces_)) {
    const u64 token = c.send.pop_released(pieces_);
    events_.released(events_.context, now, id, token);
  }
}

template <class Policy>
void Engine<Policy>::leave_half_open(Block& c) {
  if (!c.half_open) return;
  c.half_open = false;
  Listener* l = listener(c.flow.local_port);
  if (l != nullptr && l->half_open > 0) l->half_open--;
}

template <class Policy>
void Engine<Policy>::free(Block& c) {
  unmark(c);
  wheel_.clear(c);
  leave_half_open(c);
  if (c.irs_known) c.receive.clear(blocks_);
  if (direct_owner_ == &c) {
    direct_owner_ = nullptr;
    direct_ = {};
  }
  table_.free(c);
}

// From here on no call of the application finds it.
template <class Policy>
void Engine<Policy>::end(u64 now, Block& c, Reason reason) {
  const ConnectionId id = id_of(c);
  const bool told = c.owned;
  c.state = State::Closed;
  c.send.release_all();
  release(now, c);
  counters_.closed++;
  if (told) events_.closed(events_.context, now, id, reason);  // its attachment is still there
  free(c);
}

// In TIME-WAIT: the application learns of the end when it has read everything, and when the last
// acknowledgement has left only a record stays. True: the connection is no more.
template <class Policy>
bool Engine<Policy>::tell_finished(u64 now, Block& c) {
  if (c.state != State::TimeWait) return false;
  if (c.owned && c.receive.ready() == 0) {
    const ConnectionId id = id_of(c);
    c.owned = false;
    events_.closed(events_.context, now, id, Reason::Finished);
  }
  if (c.owned || c.dirty) return false;
  Waiting& w = waiting_.add(now, c.flow, c.timer_at);
  w.next = c.receive.next();
  w.ours = c.max;
  w.window = static_cast<u16>(offer_window(c) >> c.receive_scale);
  w.timestamps = c.timestamps;
  w.ts_recent = c.ts_recent;
  w.ts_offset = c.ts_offset;
  free(c);
  return true;
}

}  // namespace tcp
