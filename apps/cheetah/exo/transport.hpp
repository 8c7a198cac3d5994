// SPDX-License-Identifier: MIT
// Transport: Exo's own TCP as the server's Transport: connections by their place in the engine's table, each
// one's Exchange in the same block of memory as its control block (or apart from it: attachment.hpp).
#pragma once
#include "apps/cheetah/exo/attachment.hpp"
#include "apps/cheetah/exo/copies.hpp"
#include "apps/cheetah/server.hpp"
#include "apps/common/interface.hpp"
#include "tcp/engine.hpp"

namespace cheetah {

// Requests are read as they come, so that few bytes of them wait. How many connections there may be is
// known at start: Pools.
struct TcpPolicy : tcp::DefaultPolicy {
  using Attachment = Exchanges::Attachment;
  static constexpr u32 kSendPiecesEach = kMostPieces;
  static constexpr u32 kReceiveWindow = 8192;
  static constexpr u32 kReceiveBlock = 1024;
};

// The memory for so many connections, each pool in whole pages. Pages are touched as connections come: an
// idle one needs its control block, which its Exchange is a part of, and two places in a table.
class Pools {
 public:
  explicit constexpr Pools(u32 connections) : connections_(connections) {}
  // Of all pools, when all is in use.
  u64 pages() const {
    u64 sum = 0;
    (void)lay([&](u64 bytes) {
      sum += pages_of(bytes);
      return static_cast<u8*>(nullptr);
    });
    return sum;
  }
  // `at`: pages() pages that read zero.
  tcp::Memory<TcpPolicy> lay_out(u8* at) const {
    return lay([&](u64 bytes) {
      u8* here = at;
      at += pages_of(bytes) * kPageSize;
      return here;
    });
  }

 private:
  static constexpr u64 pages_of(u64 bytes) { return (bytes + kPageSize - 1) / kPageSize; }
  template <class Take>
  tcp::Memory<TcpPolicy> lay(Take take) const {
    const auto some = [&]<class T>(std::span<T>& span, u64 count) {
      span = {reinterpret_cast<T*>(take(count * sizeof(T))), count};
    };
    tcp::Memory<TcpPolicy> memory;
    some(memory.connections, connections_);
    some(memory.waiting, connections_ + 768);
    some(memory.buckets, 2 * connections_);
    some(memory.waiting_buckets, connections_ + 768);
    some(memory.pieces, kMostPieces * connections_);
    some(memory.blocks, u64{connections_ / 4 + 192} * TcpPolicy::kReceiveBlock);
    return memory;
  }

  u32 connections_;
};

class Transport {
 public:
  using Engine = tcp::Engine<TcpPolicy>;
  constexpr Transport() = default;
  // `exchanges`: Exchanges::exchanges() of them, zero.
  Transport(Engine& engine, netdev::Card& card, std::span<Exchange> exchanges)
      : engine_(&engine), card_(&card) {
    exchanges_.start(exchanges);
  }

  std::span<const u8> readable(u32 slot) { return engine_->readable(engine_->id_at(slot)); }
  void consume(u32 slot, u32 count) { engine_->consume(engine_->id_at(slot), count); }
  bool finished(u32 slot) { return engine_->finished(engine_->id_at(slot)); }
  bool send(u32 slot, const net::Piece& piece, u64 token) {
    if (copies_.on()) return send_copy(slot, piece, token);
    return engine_->send(engine_->id_at(slot), piece, token);
  }
  // From now on nothing is sent from where it lies. `memory`: Copies::kBytes of vm's.
  void copy_all(u8* memory) { copies_.start(memory); }
  void released(u64 token) { copies_.give_back(token); }
  u32 window(u32 slot) const { return engine_->send_window(engine_->id_at(slot)); }
  void close(u32 slot) { engine_->close(engine_->id_at(slot)); }
  void abort(u32 slot) {
    const u32 place = Exchanges::place_of(engine_->attachment(slot));
    engine_->abort(engine_->id_at(slot));
    exchanges_.give_back(place);
    card_->give_up();  // its memory is others' now, and the peer has not seen the reset yet
  }
  Exchange& exchange(u32 slot) { return exchanges_.exchange(engine_->attachment(slot)); }
  // The server is told of a connection after enter(), and before leave() that it has ended.
  void enter(u32 slot) { exchanges_.enter(engine_->attachment(slot)); }
  void leave(u32 slot) {
    const u32 place = Exchanges::place_of(engine_->attachment(slot));
    Exchanges::leave(engine_->attachment(slot));
    exchanges_.give_back(place);
  }
  u32 slots() const { return engine_->slots(); }
  Peer from(u32 slot) const {
    const tcp::ConnectionId id = engine_->id_at(slot);
    return {engine_->peer(id), engine_->peer_port(id)};
  }
  bool quiet() { return card_->quiet(); }

 private:
  [[gnu::noinline]] bool send_copy(u32 slot, const net::Piece& piece, u64 token) {
    const net::Piece copy = copies_.copy(piece, token);
    if (engine_->send(engine_->id_at(slot), copy, token)) return true;
    copies_.give_back(token);
    return false;
  }

  Engine* engine_ = nullptr;
  netdev::Card* card_ = nullptr;
  [[no_unique_address]] Exchanges exchanges_;
  Copies copies_;
};

// What the engine tells, as the server takes it.
template <class Server>
constexpr tcp::Events events_of(Server& server) {
  return {&server,
          [](void* s, u64 now, tcp::ConnectionId id, u16) {
            static_cast<Server*>(s)->transport().enter(id.index);
            static_cast<Server*>(s)->opened(now, id.index);
          },
          [](void* s, u64 now, tcp::ConnectionId id) { static_cast<Server*>(s)->readable(now, id.index); },
          [](void* s, u64 now, tcp::ConnectionId id, u64 token) {
            static_cast<Server*>(s)->transport().released(token);
            static_cast<Server*>(s)->released(now, id.index, token);
          },
          [](void* s, u64, tcp::ConnectionId id, tcp::Reason) {
            static_cast<Server*>(s)->closed(id.index);
            static_cast<Server*>(s)->transport().leave(id.index);
          }};
}

}  // namespace cheetah
