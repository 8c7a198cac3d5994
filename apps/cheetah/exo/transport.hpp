// SPDX-License-Identifier: MIT
// Transport: Exo's own TCP as the server's Transport: connections by their place in the engine's table, each
// one's Exchange in the same block of memory as its control block.
#pragma once
#include "apps/cheetah/server.hpp"
#include "apps/common/interface.hpp"
#include "tcp/engine.hpp"

namespace cheetah {

// Requests are read as they come, so that few bytes of them wait.
template <u32 Connections>
struct TcpPolicy : tcp::DefaultPolicy {
  using Attachment = Exchange;
  static constexpr u32 kConnections = Connections;
  static constexpr u32 kTimeWait = 4 * Connections;
  static constexpr u32 kSendPiecesEach = kMostPieces;
  static constexpr u32 kSendPieces = kMostPieces * Connections;
  static constexpr u32 kReceiveWindow = 8192;
  static constexpr u32 kReceiveBlock = 1024;
  static constexpr u32 kReceiveBlocks = Connections;
};

template <u32 Connections>
class Transport {
 public:
  using Engine = tcp::Engine<TcpPolicy<Connections>>;
  constexpr Transport() = default;
  Transport(Engine& engine, netdev::Card& card) : engine_(&engine), card_(&card) {}

  std::span<const u8> readable(u32 slot) { return engine_->readable(engine_->id_at(slot)); }
  void consume(u32 slot, u32 count) { engine_->consume(engine_->id_at(slot), count); }
  bool finished(u32 slot) { return engine_->finished(engine_->id_at(slot)); }
  bool send(u32 slot, const net::Piece& piece, u64 token) {
    return engine_->send(engine_->id_at(slot), piece, token);
  }
  void close(u32 slot) { engine_->close(engine_->id_at(slot)); }
  void abort(u32 slot) { engine_->abort(engine_->id_at(slot)); }
  Exchange& exchange(u32 slot) { return engine_->attachment(slot); }
  u32 slots() const { return engine_->slots(); }
  Peer from(u32 slot) const {
    const tcp::ConnectionId id = engine_->id_at(slot);
    return {engine_->peer(id), engine_->peer_port(id)};
  }
  bool quiet() { return card_->quiet(); }

 private:
  Engine* engine_ = nullptr;
  netdev::Card* card_ = nullptr;
};

// What the engine tells, as the server takes it.
template <class Server>
constexpr tcp::Events events_of(Server& server) {
  return {&server,
          [](void* s, u64 now, tcp::ConnectionId id, u16) { static_cast<Server*>(s)->opened(now, id.index); },
          [](void* s, u64 now, tcp::ConnectionId id) { static_cast<Server*>(s)->readable(now, id.index); },
          [](void* s, u64 now, tcp::ConnectionId id, u64 token) {
            static_cast<Server*>(s)->released(now, id.index, token);
          },
          [](void* s, u64, tcp::ConnectionId id, tcp::Reason) { static_cast<Server*>(s)->closed(id.index); }};
}

}  // namespace cheetah
