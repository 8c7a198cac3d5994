// SPDX-License-Identifier: MIT
// OverTcp: a Server on the connections of one TCP engine. A template over the engine, so that this
// module knows no TCP header: Engine is tcp::Engine, Id is tcp::ConnectionId. Pass
// tcp::events_of(this) to the engine.
#pragma once
#include "http/server.hpp"

namespace http {

// Connections: as many as the engine's storage has.
template <class Engine, class Id, u32 Connections>
class OverTcp {
 public:
  // Called when a connection was aborted: what it sends from is another's soon, and packets of it may still
  // be queued.
  struct AfterAbort {
    void* context = nullptr;
    void (*call)(void* context) = nullptr;  // nullptr: nothing is to be done
  };
  constexpr OverTcp() = default;
  // `sessions`: an array of Connections, zero at first. All references must outlive this.
  void start(Engine& engine, std::span<Session, Connections> sessions, const Site& site, u64 epoch,
             const Timeouts& timeouts = {}, AfterAbort after_abort = {}) {
    engine_ = &engine;
    after_abort_ = after_abort;
    server_.start(sessions, transport(), site, epoch, timeouts);
  }
  Server& server() { return server_; }
  void resume(u64 now) { server_.resume(now); }
  u64 poll(u64 now) { return server_.poll(now); }  // call before the engine's

  // tcp::Events
  void opened(u64 now, Id id, u16) {
    ids_[id.index] = id;
    server_.opened(now, id.index);
  }
  void readable(u64 now, Id id) { server_.readable(now, id.index); }
  void released(u64 now, Id id, u64 token) { server_.released(now, id.index, token); }
  template <class Reason>
  void closed(u64 now, Id id, Reason) {
    server_.closed(now, id.index);
  }

 private:
  static OverTcp& self(void* p) { return *static_cast<OverTcp*>(p); }
  constexpr Transport transport() {
    return {this,
            [](void* p, u32 slot) { return self(p).engine_->readable(self(p).ids_[slot]); },
            [](void* p, u32 slot, u32 count) { self(p).engine_->consume(self(p).ids_[slot], count); },
            [](void* p, u32 slot) { return self(p).engine_->finished(self(p).ids_[slot]); },
            [](void* p, u32 slot, const u8* data, u32 length, u64 token) {
              return self(p).engine_->send(self(p).ids_[slot], {data, length}, token);
            },
            [](void* p, u32 slot) { self(p).engine_->close(self(p).ids_[slot]); },
            [](void* p, u32 slot) { self(p).abort(slot); }};
  }
  void abort(u32 slot) {
    engine_->abort(ids_[slot]);
    if (after_abort_.call != nullptr) after_abort_.call(after_abort_.context);
  }

  Engine* engine_ = nullptr;
  AfterAbort after_abort_;
  Server server_;
  Id ids_[Connections] = {};
};

}  // namespace http
