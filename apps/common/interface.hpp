// SPDX-License-Identifier: MIT
// Interface: an environment's network as servers want it: its share of the card, the stack on it, and DHCP if
// the manifest says so.
#pragma once
#include "apps/common/text.hpp"
#include "base/endian.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "manifest/format.hpp"
#include "net/dhcp.hpp"
#include "netdev/card.hpp"

namespace apps {
using namespace abi;

constexpr u64 earlier(u64 a, u64 b) { return a < b ? a : b; }

inline void require(Status status, const char* what) {
  if (status != Status::Ok) core::panic(what, status);
}

class Interface {
 public:
  constexpr Interface() = default;
  // Ends the environment with a line when something is missing.
  void start(const core::NetworkInfo& network, u32 ring_frames, u64 now) {
    require(card_.open(network, ring_frames), "no network");
    link_ = net::link_to(card_);
    net::Mac mac;
    for (u32 i = 0; i < sizeof mac.bytes; i++) mac.bytes[i] = network.mac[i];
    const net::Interface fixed{{network.address}, static_cast<u8>(network.prefix), {network.gateway}};
    dynamic_ = (network.flags & manifest::kDhcp) != 0;
    shared_ = (network.flags & manifest::kShared) != 0;
    stack_.start(link_, mac, dynamic_ ? net::Interface{} : fixed);
    if (dynamic_) dhcp_.start(now, stack_, static_cast<u32>(core::random64()));
    if ((network.flags & manifest::kIp6) != 0) start_v6(network, now);
    port_ = static_cast<u16>(network.port == 0 ? 80 : network.port);
  }

  netdev::Card& card() { return card_; }
  net::Stack& stack() { return stack_; }
  u16 port() const { return port_; }

  // Takes at most `most` packets. How many there were.
  u32 receive(u64 now, u32 most) {
    if (shared_) return receive_shared(now, most);
    return card_.receive(most,
                         [&](std::span<const u8> frame, bool summed) { stack_.input(now, frame, summed); });
  }
  // When to call again at the latest.
  u64 poll(u64 now) {
    const u64 next = stack_.poll(now);
    return dynamic_ ? earlier(next, dhcp_.poll(now)) : next;
  }
  // Hands over what was sent, and says once where the server is, when its address is known.
  void flush() {
    card_.flush();
    if (!announced_ && !stack_.interface().address.none()) announce();
    if (to_announce_v6_) announce_v6();
  }
  // Until a packet comes, the disk has done something, or `next`.
  void sleep(u64 next) {
    if (card_.has_packets()) return;
    if (card_.waits()) next = earlier(next, core::now() + kSendRetry);
    core::sleep(card_.wake_word(), card_.expected(), core::tsc_at(next));
  }

 private:
  static constexpr u64 kSendRetry = 100'000;  // ns: a full queue of the card empties by itself

  static net::Address6 address6(const u8 (&bytes)[16]) {
    const auto half = [](const u8* p) { return u64{base::load_be32(p)} << 32 | base::load_be32(p + 4); };
    return {half(bytes), half(bytes + 8)};
  }
  void start_v6(const core::NetworkInfo& network, u64 now) {
    stack_.start_v6(now, address6(network.address6), static_cast<u8>(network.prefix6),
                    address6(network.gateway6));
    to_announce_v6_ = true;
  }
  // When nobody has objected to an address that is good beyond the link (RFC 4862, 5.4).
  void announce_v6() {
    for (const net::Interface6::Own& own : stack_.interface6()) {
      if (!own.used || own.tentative_until != 0 || own.address.link_local()) continue;
      to_announce_v6_ = false;
      core::Line line;
      put_address(line.text().put("listening on http://["), own.address.high, own.address.low).put(']');
      if (port_ != 80) line.text().put(':').dec(port_);
      line.text().put('/');
      return;
    }
  }
  u32 receive_shared(u64 now, u32 most) {
    return card_.receive(most, [&](std::span<const u8> frame, bool summed) {
      stack_.witness(now, frame);
      stack_.input(now, frame, summed);
    });
  }
  void announce() {
    announced_ = true;
    core::Line line;
    put_address(line.text().put("listening on http://"), stack_.interface().address.value);
    if (port_ != 80) line.text().put(':').dec(port_);
    line.text().put('/');
  }

  netdev::Card card_;
  net::Link link_;
  net::Stack stack_;
  net::Dhcp dhcp_;
  u16 port_ = 0;
  bool dynamic_ = false;
  bool to_announce_v6_ = false;
  bool shared_ = false;  // with other instances (manifest::kShared)
  bool announced_ = false;
};

}  // namespace apps
