// SPDX-License-Identifier: MIT
// WebServer: a library OS that answers HTTP: card, protocols and server put together, and the one
// event loop that drives them. The application brings the Site and its own background work.
// One per environment: make it a global.
#pragma once
#include "abi/net.hpp"
#include "apps/common/text.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/random.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"
#include "http/over_tcp.hpp"
#include "manifest/format.hpp"
#include "net/dhcp.hpp"
#include "netdev/card.hpp"
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
    require(card_.open(network, ring_frames), "no network");
    require_sessions();
    const u64 now = core::now();
    link_ = net::link_to(card_);
    net::Mac mac;
    for (u32 i = 0; i < sizeof mac.bytes; i++) mac.bytes[i] = network.mac[i];
    const net::Interface fixed{{network.address}, static_cast<u8>(network.prefix), {network.gateway}};
    dynamic_ = (network.flags & manifest::kDhcp) != 0;
    stack_.start(link_, mac, dynamic_ ? net::Interface{} : fixed);
    if (dynamic_) dhcp_.start(now, stack_, static_cast<u32>(core::random64()));
    tcp::Settings settings;
    settings.key = {core::random64(), core::random64()};
    engine_.start(stack_, storage_, tcp::events_of(http_), settings);
    port_ = static_cast<u16>(network.port == 0 ? 80 : network.port);
    if (!engine_.listen(port_, Connections / 2)) core::panic("cannot listen");
    const u64 unix_time = core::unix_time();
    http_.start(engine_, std::span<http::Session, Connections>(sessions_, Connections), site,
                unix_time == 0 ? 0 : unix_time - now / core::kSecond);
  }

  // Serves for ever. `work(now)` does the application's own part each round and answers whether
  // documents that were Later may be there now.
  template <class Work>
  [[noreturn]] void run(Work work) {
    for (;;) {
      u64 now = core::now();
      const u32 packets = card_.receive(
          kBatch, [&](std::span<const u8> frame, bool summed) { stack_.input(now, frame, summed); });
      if (work(now)) http_.resume(now);
      now = core::now();
      u64 next = http_.poll(now);
      next = earlier(next, engine_.poll(now));
      next = earlier(next, stack_.poll(now));
      if (dynamic_) next = earlier(next, dhcp_.poll(now));
      card_.flush();
      announce();
      if (packets < kBatch) core::sleep(card_.wake_word(), card_.expected(), core::tsc_at(next));
    }
  }

  const http::Counters& counters() { return http_.server().counters(); }

 private:
  static constexpr u32 kBatch = 64;  // packets taken before anything else gets its turn
  using Sessions = http::Session[Connections];
  using Tcp = ServerTcp<Connections>;

  static u64 earlier(u64 a, u64 b) { return a < b ? a : b; }
  static void require(Status status, const char* what) {
    if (status != Status::Ok) core::panic(what, status);
  }

  // Response headers are sent from the sessions, so these lie in memory that the card may read.
  void require_sessions() {
    const auto memory = vm::allocate_dma(static_cast<u32>((sizeof(Sessions) + kPageSize - 1) / kPageSize));
    require(memory.status(), "no memory for the connections");
    sessions_ = reinterpret_cast<http::Session*>(memory.value().bytes);
  }

  // Once, when the address is known.
  void announce() {
    if (announced_ || stack_.interface().address.none()) return;
    announced_ = true;
    core::Line line;
    put_address(line.text().put("listening on http://"), stack_.interface().address.value);
    if (port_ != 80) line.text().put(':').dec(port_);
    line.text().put('/');
  }

  // Apart from the rest, which is not all zeros.
  static inline constinit tcp::Storage<Tcp> storage_{};

  netdev::Card card_;
  net::Link link_;
  net::Stack stack_;
  net::Dhcp dhcp_;
  tcp::Engine<Tcp> engine_;
  http::OverTcp<tcp::Engine<Tcp>, tcp::ConnectionId, Connections> http_;
  http::Session* sessions_ = nullptr;
  u16 port_ = 0;
  bool dynamic_ = false;
  bool announced_ = false;
};

}  // namespace apps
