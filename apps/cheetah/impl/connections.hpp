// SPDX-License-Identifier: MIT
// Server: connections and time. Included by server.hpp.
#pragma once

#define CHEETAH_SERVER template <class Transport, class Disk, u32 Parsers, u32 Buffers>
#define CHEETAH Server<Transport, Disk, Parsers, Buffers>

namespace cheetah {

CHEETAH_SERVER void CHEETAH::start(Transport& transport, Store<Disk>& store, const Memory& memory,
                                   const Options& options, u64 epoch) {
  transport_ = &transport;
  store_ = &store;
  options_ = &options;
  epoch_ = epoch;
  retry_at_ = kForever;
  scratch_ = memory.parsers;
  parsers_.start(memory.parsers + 1);
  buffers_.start(memory.buffers);
  addresses_.start(memory.addresses);
  store.read_ahead(options.ahead, options.together);
  store.cache().keep_hot(options.hot);
}

CHEETAH_SERVER void CHEETAH::opened(u64 now, u32 slot) {
  Exchange& e = at(slot);
  const Peer peer = transport_->from(slot);
  e.phase = Phase::Reading;
  e.address = peer.address;
  e.port = peer.port;
  counters_.connections++;
  connections_++;
  if (options_->per_address != 0) {
    e.counted = addresses_.enter(peer.address, options_->per_address);
    if (!e.counted) {
      counters_.refused++;
      return cut_off(slot);
    }
  }
  set_deadline(slot, now + options_->timeouts.idle);
}

CHEETAH_SERVER void CHEETAH::closed(u32 slot) { leave(slot); }

// Gives back all that a connection has.
CHEETAH_SERVER void CHEETAH::leave(u32 slot) {
  Exchange& e = at(slot);
  if (e.phase == Phase::Free) return;
  e.phase = Phase::Free;
  stop_waiting(slot);
  deadlines_.remove(*transport_, slot);
  put_parser(e);
  drop_buffer(e);
  if (e.counted) addresses_.leave(e.address);
  e.counted = false;
  connections_--;
}

// Nothing more will be said: close, and give the peer a while to do so too.
CHEETAH_SERVER void CHEETAH::finish(u64 now, u32 slot) {
  Exchange& e = at(slot);
  e.phase = Phase::Draining;
  put_parser(e);
  set_deadline(slot, now + options_->timeouts.drain + (e.pieces > 0 ? options_->timeouts.send : 0));
  transport_->close(slot);
}

CHEETAH_SERVER void CHEETAH::cut_off(u32 slot) {
  leave(slot);  // `released` comes now, and is to begin nothing
  transport_->abort(slot);
}

CHEETAH_SERVER void CHEETAH::wait(u32 slot, Wait what) {
  at(slot).wait = what;
  if (what != Wait::Run && what != Wait::Buffer) return;
  waiting_++;
  waits_.append(*transport_, slot);
}

CHEETAH_SERVER void CHEETAH::stop_waiting(u32 slot) {
  Exchange& e = at(slot);
  if (e.wait == Wait::Run || e.wait == Wait::Buffer) {
    waiting_--;
    waits_.remove(*transport_, slot);
  }
  e.wait = Wait::Nothing;
}

// All that wait try again, in the order in which they began to; their time for waiting goes on.
CHEETAH_SERVER void CHEETAH::resume(u64 now) {
  for (u32 left = waiting_; left > 0 && !waits_.empty(); left--) {
    const u32 slot = waits_.first();
    Exchange& e = at(slot);
    const u64 deadline = e.deadline;
    stop_waiting(slot);
    if (e.phase == Phase::Answering) produce(now, slot);
    if (e.phase == Phase::Reading) read(now, slot);
    if (e.wait == Wait::Run) e.deadline = deadline;
  }
}

CHEETAH_SERVER void CHEETAH::released(u64 now, u32 slot, u64 token) {
  const u32 number = static_cast<u32>(token >> 1);
  if ((token & 1) == 0) {
    store_->cache().release(number);
  } else if (--buffers_.at(number).users == 0) {
    buffers_.give_back(number);
    buffer_came_ = true;
  }
  Exchange& e = at(slot);
  e.pieces--;
  switch (e.phase) {
    case Phase::Free:
      return;
    case Phase::Draining:
      if (e.pieces == 0) set_deadline(slot, now + options_->timeouts.drain);
      return;
    case Phase::Answering:
      if (e.wait != Wait::Pieces) return;
      e.wait = Wait::Nothing;
      produce(now, slot);
      if (e.phase == Phase::Reading) read(now, slot);
      return;
    case Phase::Reading:
      if (e.parser == 0)
        set_deadline(slot, now + (e.pieces == 0 ? options_->timeouts.idle : options_->timeouts.send));
      return;
  }
}

CHEETAH_SERVER u64 CHEETAH::poll(u64 now) {
  const bool more = store_->cache().changed() || buffer_came_ || now >= retry_at_;
  if (more && waiting_ > 0) {
    buffer_came_ = false;
    resume(now);
    retry_at_ = now + kRetry;  // frames come back from the card and the kernel without a word
  }
  if (waiting_ == 0) retry_at_ = kForever;
  if (waiting_ > 0 && retry_at_ == kForever) retry_at_ = now + kRetry;
  if (now >= deadlines_.next()) deadlines_.advance(*transport_, now, [&](u32 slot) { overdue(now, slot); });
  return retry_at_ < deadlines_.next() ? retry_at_ : deadlines_.next();
}

CHEETAH_SERVER void CHEETAH::overdue(u64 now, u32 slot) {
  Exchange& e = at(slot);
  counters_.timeouts++;
  if (e.phase == Phase::Reading && e.parser != 0) {
    answer_error(now, slot, 408, false);
  } else if (e.phase == Phase::Reading && e.pieces == 0) {
    finish(now, slot);
  } else if (e.phase == Phase::Answering && e.wait == Wait::Run && e.step == 0) {
    stop_waiting(slot);
    drop_buffer(e);
    answer_error(now, slot, 503, e.keep_alive);
  } else {
    cut_off(slot);
  }
}

CHEETAH_SERVER void CHEETAH::shut_down(u64 now) {
  closing_ = true;
  for (u32 slot = 0; slot < transport_->slots(); slot++) {
    Exchange& e = at(slot);
    e.keep_alive = false;
    if (e.phase == Phase::Reading && e.parser == 0 && e.wait == Wait::Nothing) finish(now, slot);
  }
}

}  // namespace cheetah
