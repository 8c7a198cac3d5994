// SPDX-License-Identifier: MIT
// Engine: what the application calls, and how it is told what happened.
#include "tcp/engine.hpp"

namespace tcp {
namespace {

constexpr u16 kFirstEphemeral = 49152;  // RFC 6335, 6
constexpr u32 kEphemeral = 16384;

}  // namespace

void Engine::start(net::Stack& stack, const StorageView& storage, const Events& events,
                   const Options& options) {
  stack_ = &stack;
  events_ = events;
  options_ = options;
  next_deadline_ = kForever;
  next_port_ = static_cast<u16>(siphash(options.key, 0, 0) % kEphemeral);  // not the same after each boot
  table_.start(storage, options.key);
  stack.handle_tcp({this, [](void* self, u64 now, const net::Received& packet) {
                      static_cast<Engine*>(self)->input(now, packet);
                    }});
}

Connection* Engine::alive(ConnectionId id) {
  if (id.index >= table_.all().size()) return nullptr;
  Connection& c = table_.all()[id.index];
  return c.generation == id.generation && c.state != State::Closed ? &c : nullptr;
}

Connection* Engine::lookup(ConnectionId id) {
  Connection* c = alive(id);
  return c != nullptr && c->owned ? c : nullptr;
}

const Connection* Engine::lookup(ConnectionId id) const { return const_cast<Engine*>(this)->lookup(id); }

Engine::Listener* Engine::listener(u16 port) {
  for (Listener& l : listeners_)
    if (l.port == port) return &l;
  return nullptr;
}

bool Engine::listen(u16 port, u32 backlog) {
  if (port == 0 || backlog == 0 || listener(port) != nullptr) return false;
  Listener* free = listener(0);
  if (free == nullptr) return false;
  *free = {port, backlog, 0};
  return true;
}

std::optional<ConnectionId> Engine::connect(u64 now, net::Address to, u16 port) {
  const net::Address ours = stack_->interface().address;
  if (ours.none() || to.none()) return {};
  for (u32 i = 0; i < kEphemeral; i++) {
    const u16 local = static_cast<u16>(kFirstEphemeral + next_port_++ % kEphemeral);
    if (table_.find(to, port, local) != nullptr) continue;
    Connection* c = table_.allocate(to, port, local);
    if (c == nullptr) return {};
    c->state = State::SynSent;
    c->owned = true;
    c->born_at = now;
    c->ack_at = kForever;
    c->iss = c->una = c->nxt = c->max = initial_sequence(options_.key, now, ours, local, to, port);
    c->rtt.reset(options_);
    c->send.reset();
    mark(*c);
    return id_of(*c);
  }
  return {};
}

bool Engine::send(ConnectionId id, const net::Piece& piece, u64 token) {
  Connection* c = lookup(id);
  const bool open = c != nullptr && !c->fin_wanted && c->state != State::TimeWait;
  if (!open || piece.length == 0 || !c->send.push(piece, token)) return false;
  mark(*c);
  return true;
}

u32 Engine::send_room(ConnectionId id) const {
  const Connection* c = lookup(id);
  return c != nullptr && !c->fin_wanted ? c->send.room() : 0;
}

std::span<const u8> Engine::readable(ConnectionId id) const {
  const Connection* c = lookup(id);
  return c != nullptr && c->irs_known ? c->receive.peek() : std::span<const u8>();
}

void Engine::consume(ConnectionId id, u32 count) {
  Connection* c = lookup(id);
  if (c == nullptr || count == 0 || count > c->receive.peek().size()) return;
  c->receive.consume(count);
  const u32 half = table_.receive_bytes() / 2;
  if (window_growth(*c) >= (half < 2u * kMss ? half : 2u * kMss)) {  // worth telling (RFC 9293, 3.8.6.2.2)
    c->ack_now = true;
    mark(*c);
  }
  if (c->state == State::TimeWait && c->receive.ready() == 0) mark(*c);  // its end can be told
}

bool Engine::finished(ConnectionId id) const {
  const Connection* c = lookup(id);
  return c != nullptr && c->fin_received && c->receive.ready() == 0;
}

void Engine::close(ConnectionId id) {
  Connection* c = lookup(id);
  if (c == nullptr || c->fin_wanted) return;
  if (c->state == State::SynSent) return abort(id);  // nobody knows of it yet
  c->fin_wanted = true;
  if (c->state == State::Established) c->state = State::FinWait1;
  if (c->state == State::CloseWait) c->state = State::LastAck;
  mark(*c);
}

void Engine::abort(ConnectionId id) {
  Connection* c = lookup(id);
  if (c == nullptr) return;
  if (c->state != State::SynSent && c->state != State::TimeWait) {
    const SegmentHeader reset{c->local_port, c->remote_port, c->max, c->receive.next(), 0, kRst | kAck, 0};
    (void)transmit(now_, c->remote, reset, {});  // if it is lost, the peer's next segment makes another
    counters_.resets_out++;
  }
  c->owned = false;  // its end is not told
  end(now_, *c, Reason::Finished);
}

net::Address Engine::peer(ConnectionId id) const {
  const Connection* c = lookup(id);
  return c != nullptr ? c->remote : net::Address{};
}

u16 Engine::peer_port(ConnectionId id) const {
  const Connection* c = lookup(id);
  return c != nullptr ? c->remote_port : u16{0};
}

u64 Engine::poll(u64 now) {
  now_ = now;
  if (now >= next_deadline_) run_timers(now);
  while (dirty_first_ != 0) {
    Connection& c = table_.all()[dirty_first_ - 1u];
    if (!output(now, c)) {
      const u64 soon = now + net::kMillisecond;  // the link has no room: it stays in the list
      return soon < next_deadline_ ? soon : next_deadline_;
    }
    unmark(c);
    tell_finished(now, c);
  }
  return next_deadline_;
}

}  // namespace tcp
