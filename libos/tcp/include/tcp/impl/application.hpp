// SPDX-License-Identifier: MIT
// Engine: what the application calls. Included by engine.hpp.
#pragma once

namespace tcp {

template <class Policy>
void Engine<Policy>::start(net::Stack& stack, const Memory<Policy>& memory, const Events& events,
                           const Settings& settings) {
  stack_ = &stack;
  events_ = events;
  settings_ = settings;
  const auto key = [&](u64 purpose) {
    const u64 low = purpose * 2, high = low + 1;
    return Key{siphash(settings.key, &low, 1), siphash(settings.key, &high, 1)};
  };
  table_.start(memory.connections, memory.buckets, key(1));
  waiting_.start(memory.waiting, memory.waiting_buckets, key(2));
  pieces_.start(memory.pieces);
  blocks_.start(memory.blocks.data(), Policy::kReceiveBlock,
                static_cast<u32>(memory.blocks.size() / Policy::kReceiveBlock));
  stack.use_short_ways(settings.predict);
  next_port_ = static_cast<u32>(key(3).low);  // not the same after each boot
  stack.handle_tcp(
      {this, [](void* self, u64 now,
                const net::Received& packet) { static_cast<Engine*>(self)->input(now, packet); }},
      {this, [](void* self, u64 now, const net::PathError& error) {
         static_cast<Engine*>(self)->path_error(now, error);
       }});
}

template <class Policy>
auto Engine<Policy>::alive(ConnectionId id) -> Block* {
  if (id.index >= table_.size()) return nullptr;
  Block& c = table_.at(id.index);
  return c.generation == id.generation && c.state != State::Closed ? &c : nullptr;
}

template <class Policy>
auto Engine<Policy>::lookup(ConnectionId id) -> Block* {
  Block* c = alive(id);
  return c != nullptr && c->owned ? c : nullptr;
}

template <class Policy>
auto Engine<Policy>::listener(u16 port) -> Listener* {
  for (Listener& l : listeners_)
    if (l.port == port) return &l;
  return nullptr;
}

template <class Policy>
bool Engine<Policy>::listen(u16 port, u32 backlog) {
  if (port == 0 || backlog == 0 || listener(port) != nullptr) return false;
  Listener* free = listener(0);
  if (free == nullptr) return false;
  *free = {port, backlog, 0};
  return true;
}

template <class Policy>
void Engine<Policy>::stop_listening(u16 port) {
  Listener* l = port != 0 ? listener(port) : nullptr;
  if (l == nullptr) return;
  *l = {};
  for (u32 i = 0; i < table_.size(); i++) {
    Block& c = table_.at(i);
    if (c.half_open && c.flow.local_port == port) free(c);
  }
}

template <class Policy>
std::optional<ConnectionId> Engine<Policy>::connect(u64 now, net::IpAddress to, u16 port) {
  const net::IpAddress ours = stack_->source_for(to);
  if (ours.none() || to.none() || port == 0) return {};
  for (u32 i = 0; i < settings_.port_count; i++) {
    const u16 local = static_cast<u16>(settings_.port_first + next_port_++ % settings_.port_count);
    const Flow flow{to, ours, port, local};
    if (table_.find(flow) != nullptr || waiting_.find(now, flow) != nullptr) continue;
    const Secret secret = secret_of(settings_.key, flow);
    Block* c = begin(now, flow, initial_sequence(now, secret), secret.timestamp);
    if (c == nullptr) return {};
    c->state = State::SynSent;
    c->owned = true;
    mark(*c);
    return id_of(*c);
  }
  return {};
}

template <class Policy>
bool Engine<Policy>::send(ConnectionId id, const net::Piece& piece, u64 token) {
  if (piece.length == 0 || send_room(id) == 0) return false;
  Block& c = *lookup(id);
  if (!c.send.push(pieces_, piece, token)) return false;
  mark(c);
  return true;
}

template <class Policy>
u32 Engine<Policy>::send_room(ConnectionId id) const {
  const Block* c = lookup(id);
  if (c == nullptr || c->fin_wanted || c->state == State::TimeWait) return 0;
  const u32 own = c->send.count() < Policy::kSendPiecesEach ? Policy::kSendPiecesEach - c->send.count() : 0;
  return own < pieces_.free() ? own : pieces_.free();
}

template <class Policy>
u32 Engine<Policy>::send_window(ConnectionId id) const {
  const Block* c = lookup(id);
  if (c == nullptr) return 0;
  const u32 window = c->congestion.window();
  return c->wnd < window ? c->wnd : window;
}

template <class Policy>
std::span<const u8> Engine<Policy>::readable(ConnectionId id) const {
  const Block* c = lookup(id);
  if (c == nullptr || !c->irs_known) return {};
  return c == direct_owner_ ? direct_ : c->receive.peek(blocks_);
}

template <class Policy>
void Engine<Policy>::consume(ConnectionId id, u32 count) {
  Block* c = lookup(id);
  if (c == nullptr || count == 0 || count > readable(id).size()) return;
  if (c == direct_owner_) {
    direct_ = direct_.subspan(count);
    return;
  }
  c->receive.consume(blocks_, count);
  const u32 worth = kWindow / 2 < 2 * c->mss ? kWindow / 2 : 2 * c->mss;
  if (Policy::kPromptUpdates && window_growth(*c) >= worth) {  // RFC 9293, 3.8.6.2.2
    c->ack_now = true;
    mark(*c);
  }
  if (c->state == State::TimeWait && c->receive.ready() == 0) mark(*c);  // its end can be told
}

template <class Policy>
bool Engine<Policy>::finished(ConnectionId id) const {
  const Block* c = lookup(id);
  return c != nullptr && c->fin_received && c->receive.ready() == 0;
}

template <class Policy>
void Engine<Policy>::close(ConnectionId id) {
  Block* c = lookup(id);
  if (c == nullptr || c->fin_wanted) return;
  if (c->state == State::SynSent) return abort(id);  // nobody knows of it yet
  c->fin_wanted = true;
  if (c->state == State::Established) c->state = State::FinWait1;
  if (c->state == State::CloseWait) c->state = State::LastAck;
  mark(*c);
}

template <class Policy>
void Engine<Policy>::abort(ConnectionId id) {
  Block* c = lookup(id);
  if (c == nullptr) return;
  if (c->state != State::SynSent && c->state != State::TimeWait) {
    SegmentHeader reset;
    reset.sequence = c->max;
    reset.ack = c->receive.next();
    reset.flags = kRst | kAck;
    (void)transmit(now_, c->flow, reset, {});  // if it is lost, the peer's next segment makes another
    counters_.resets_out++;
  }
  c->owned = false;  // its end is not told
  end(now_, *c, Reason::Finished);
}

template <class Policy>
net::IpAddress Engine<Policy>::peer(ConnectionId id) const {
  const Block* c = lookup(id);
  return c != nullptr ? c->flow.remote : net::IpAddress(net::Address{});
}

template <class Policy>
u16 Engine<Policy>::peer_port(ConnectionId id) const {
  const Block* c = lookup(id);
  return c != nullptr ? c->flow.remote_port : u16{0};
}

template <class Policy>
u64 Engine<Policy>::poll(u64 now) {
  now_ = now;
  wheel_.advance(now, [&](TimerLink& link) { due(now, static_cast<Block&>(link)); });
  while (dirty_first_ != 0) {
    Block& c = table_.at(dirty_first_ - 1);
    if (!output(now, c)) {
      const u64 soon = now + kMillisecond;  // the link has no room: it stays in the list
      return soon < wheel_.next() ? soon : wheel_.next();
    }
    unmark(c);
    if (tell_finished(now, c)) continue;
  }
  return wheel_.next();
}

}  // namespace tcp
