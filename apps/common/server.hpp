// SPDX-License-Identifier: MIT
// WebServer: a library OS that answers HTTP: card, protocols and server put together, and the one
// event loop that drives them. The application brings the Site and its own background work.
// One per environment: make it a global.
#pragma once
#include "apps/common/interface.hpp"
#include "http/over_tcp.hpp"
#include "tcp/engine.hpp"

namespace apps {
using namespace abi;

// Connections: TCP connections at a time. Requests are read as they come, so that few of them wait.
template <u32 Connections>
struct ServerTcp : tcp::DefaultPolicy {
  static constexpr u32 kConnections = Connections;
  static constexpr u32 kTimeWait = 4 * Connections;
  static constexpr u32 kSendPiecesEach = http::kPieces;
  static constexpr u32 kSendPieces = kSendPiecesEach * Connections;
  static constexpr u32 kReceiveWindow = 8192;
  static constexpr u32 kReceiveBlock = 1024;
  static constexpr u32 kReceiveBlocks = Connections;
};

template <u32 Connections>
class WebServer {
 public:
  // Brings the network up. Ends the environment with a line when something is missing.
  void start(const core::NetworkInfo& network, const http::Site& site, u32 ring_frames) {
    require_sessions();
    const u64 now = core::now();
    interface_.start(network, ring_frames, now);
    tcp::Settings settings;
    settings.key = {core::random64(), core::random64()};
    engine_.start(interface_.stack(), storage_, tcp::events_of(http_), settings);
    if (!engine_.listen(interface_.port(), Connections / 2)) core::panic("cannot listen");
    const u64 unix_time = core::unix_time();
    http_.start(engine_, std::span<http::Session, Connections>(sessions_, Connections), site,
                unix_time == 0 ? 0 : unix_time - now / core::kSecond, {},
                {&interface_.card(), [](void* card) { static_cast<netdev::Card*>(card)->give_up(); }});
  }

  // Serves for ever. `work(now)` does the application's own part each round and answers whether
  // documents that were Later may be there now.
  template <class Work>
  [[noreturn]] void run(Work work) {
    for (;;) {
      u64 now = core::now();
      const u32 packets = interface_.receive(now, kBatch);
      if (work(now)) http_.resume(now);
      now = core::now();
      u64 next = http_.poll(now);
      next = earlier(next, engine_.poll(now));
      next = earlier(next, interface_.poll(now));
      interface_.flush();
      if (packets < kBatch) interface_.sleep(next);
    }
  }

  const http::Counters& counters() { return http_.server().counters(); }

 private:
  static constexpr u32 kBatch = 64;  // packets taken before anything else gets its turn
  using Sessions = http::Session[Connections];
  using Tcp = ServerTcp<Connections>;

  // Response headers are sent from the sessions, so these lie in memory that the card may read.
  void require_sessions() {
    const auto memory = vm::allocate_dma(static_cast<u32>((sizeof(Sessions) + kPageSize - 1) / kPageSize));
    require(memory.status(), "no memory for the connections");
    sessions_ = reinterpret_cast<http::Session*>(memory.value().bytes);
  }

  // Apart from the rest, which is not all zeros.
  static inline constinit tcp::Storage<Tcp> storage_{};

  Interface interface_;
  tcp::Engine<Tcp> engine_;
  http::OverTcp<tcp::Engine<Tcp>, tcp::ConnectionId, Connections> http_;
  http::Session* sessions_ = nullptr;
};

}  // namespace apps
