// SPDX-License-Identifier: MIT
// Stack: neighbour discovery (RFC 4861) and addresses out of router advertisements (RFC 4862).
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr u8 kRouterSolicitations = 3;  // RFC 4861, 10
constexpr u64 kSolicitationInterval = 4 * kSecond;
constexpr u32 kTwoHours = 7200;                    // RFC 4862, 5.5.3, e
constexpr u8 kSolicited = 0x40, kOverride = 0x20;  // flags of an advertisement
constexpr u8 kOnLink = 0x80, kAutonomous = 0x40;   // and of a prefix
constexpr u32 kForEver = 0xffffffff;

constexpr u64 after(u64 now, u32 seconds) { return seconds == kForEver ? kForever : now + seconds * kSecond; }

// The first option of a kind in [m, its end), nullptr if there is none. `ok` false: the list is broken, and
// the message is to be thrown away (RFC 4861, 6.1.2 and 7.1).
const u8* find_option(std::span<const u8> options, u8 kind, bool& ok) {
  const u8* found = nullptr;
  while (!options.empty()) {
    const u64 length = options.size() < 2 ? 0 : options[1] * 8ul;
    if (length == 0 || length > options.size()) {
      ok = false;
      return nullptr;
    }
    if (options[0] == kind && found == nullptr) found = options.data();
    options = options.subspan(length);
  }
  return found;
}

}  // namespace

void Stack::start_v6(u64 now, Address6 address, u8 prefix, Address6 router) {
  now_ = now;
  due_ = 0;
  v6_on_ = true;
  own_address(now, {0xfe80000000000000, interface_id(mac_)}, kForever, kForever);
  if (!address.none()) {
    own_address(now, address, kForever, kForever);
    v6_.prefix(address, prefix, kForever);
  }
  if (!router.none()) v6_.router(router, kForever);
  solicitations_ = 0;
  solicit_at_ = router.none() ? now + kDadWait : kForever;  // when we have an address to ask from
}

// Begins to own it: nobody may object (RFC 4862, 5.4).
void Stack::own_address(u64 now, Address6 address, u64 preferred_until, u64 valid_until) {
  if (!v6_.add(now, address, preferred_until, valid_until)) return;
  (void)join(now, IpAddress(solicited_node(address)));
  solicit(now, address, nullptr, true);
}

void Stack::disown(u64 now, Address6 address) {
  v6_.remove(address);
  leave(now, IpAddress(solicited_node(address)));
}

void Stack::poll_v6(u64 now) {
  for (const Interface6::Own& own : v6_)
    if (own.used && own.valid_until <= now) disown(now, own.address);
  v6_.expire(now);
  if (now < solicit_at_) return;
  const u8 message[16] = {kRouterSolicitation, 0, 0, 0, 0, 0, 0, 0, kSourceStation, 1};
  u8 out[16];
  memcpy(out, message, sizeof out);
  store_mac(out + 10, mac_);
  const Address6 from = v6_.source_for(now, kAllRouters);
  (void)send_icmp6(now, from, kAllRouters, std::span(out).first(from.none() ? 8 : 16));
  solicit_at_ = ++solicitations_ < kRouterSolicitations ? now + kSolicitationInterval : kForever;
}

// Asks where `target` is: everybody, or the station that it was; or, as a `probe`, whether anyone is it.
void Stack::solicit(u64 now, Address6 target, const Mac* mac, bool probe) {
  u8 m[32] = {kSolicitation};
  store_address6(m + 8, target);
  m[24] = kSourceStation;
  m[25] = 1;
  store_mac(m + 26, mac_);
  const Address6 from = probe ? Address6{} : v6_.source_for(now, target);
  if (!probe && from.none()) return;
  if (mac == nullptr) {
    (void)send_icmp6(now, from, solicited_node(target), std::span<const u8>(m).first(probe ? 24 : 32));
    return;
  }
  // The neighbour is in the cache, stale: the question goes the way that is in doubt.
  (void)send_icmp6(now, from, target, m);
}

// RFC 4861, 6.1.2 and 7.1: what came over a router is not believed.
void Stack::input_neighbour(u64 now, const Received& packet) {
  counters_.nd_in++;
  const std::span<const u8> m = packet.payload;
  const u64 header = m[0] == kRouterAdvertisement ? 16 : 24;
  if (hop_limit_ != 255 || m[1] != 0 || m.size() < header) {
    counters_.nd_bad++;
    return;
  }
  bool ok = true;
  (void)find_option(m.subspan(header), kSourceStation, ok);
  if (!ok) {
    counters_.nd_bad++;
    return;
  }
  if (m[0] == kSolicitation) return input_solicitation(now, packet);
  if (m[0] == kAdvertisement) return input_advertisement(now, packet);
  input_router(now, packet);
}

void Stack::input_solicitation(u64 now, const Received& packet) {
  const std::span<const u8> m = packet.payload;
  const Address6 target = load_address6(&m[8]);
  const Address6 source = packet.source.v6();
  const bool probe = source.none();
  if (probe && v6_.tentative(target)) {  // somebody wants it too (RFC 4862, 5.4.3)
    counters_.nd_duplicates++;
    return disown(now, target);
  }
  if (!v6_.ours(target)) return;
  bool ok = true;
  const u8* station = find_option(m.subspan(24), kSourceStation, ok);
  if (!probe && station != nullptr && !load_mac(station + 2).group()) {
    Neighbour* n = arp_.find(packet.source);
    known(now, n != nullptr ? *n : enter(now, packet.source), load_mac(station + 2));
  }
  u8 answer[32] = {kAdvertisement, 0, 0, 0, static_cast<u8>(kOverride | (probe ? 0 : kSolicited))};
  store_address6(answer + 8, target);
  answer[24] = kTargetStation;
  answer[25] = 1;
  store_mac(answer + 26, mac_);
  (void)send_icmp6(now, target, probe ? kAllNodes : source, answer);
}

void Stack::input_advertisement(u64 now, const Received& packet) {
  const std::span<const u8> m = packet.payload;
  const Address6 target = load_address6(&m[8]);
  const bool solicited = (m[4] & kSolicited) != 0, overrides = (m[4] & kOverride) != 0;
  if (target.multicast() || (solicited && packet.destination.multicast())) {
    counters_.nd_bad++;
    return;
  }
  if (v6_.tentative(target)) {
    counters_.nd_duplicates++;
    return disown(now, target);
  }
  Neighbour* n = arp_.find(IpAddress(target));
  if (n == nullptr || v6_.ours(target)) return;  // nobody asked (7.2.5)
  bool ok = true;
  const u8* option = find_option(m.subspan(24), kTargetStation, ok);
  const Mac mac = option != nullptr ? load_mac(option + 2) : n->mac;
  const bool unknown = n->state == Neighbour::State::Asking;
  if (mac.group() || (unknown && option == nullptr)) return;
  if (!unknown && mac != n->mac && !overrides) return;
  if (solicited || mac != n->mac || unknown) known(now, *n, mac);
}

void Stack::input_router(u64 now, const Received& packet) {
  const Address6 source = packet.source.v6();
  if (!source.link_local()) {
    counters_.nd_bad++;
    return;
  }
  counters_.router_advertisements++;
  const std::span<const u8> m = packet.payload;
  const u32 lifetime = load_be16(&m[6]);
  v6_.router(source, lifetime == 0 ? 0 : now + lifetime * kSecond);
  if (lifetime != 0) solicit_at_ = kForever;
  bool ok = true;
  const u8* station = find_option(m.subspan(16), kSourceStation, ok);
  if (station != nullptr && !load_mac(station + 2).group()) {
    Neighbour* n = arp_.find(packet.source);
    known(now, n != nullptr ? *n : enter(now, packet.source), load_mac(station + 2));
  }
  for (std::span<const u8> rest = m.subspan(16); !rest.empty(); rest = rest.subspan(rest[1] * 8ul))
    if (rest[0] == kPrefixInformation && rest[1] == 4) input_prefix(now, rest.data());
}

// RFC 4861, 6.3.4; RFC 4862, 5.5.3.
void Stack::input_prefix(u64 now, const u8* option) {
  const u32 bits = option[2], valid = load_be32(option + 4), preferred = load_be32(option + 8);
  const Address6 prefix = load_address6(option + 16);
  if (bits > 128 || prefix.link_local() || prefix.multicast() || preferred > valid) return;
  if ((option[3] & kOnLink) != 0) v6_.prefix(prefix, bits, valid == 0 ? 0 : after(now, valid));
  if ((option[3] & kAutonomous) == 0 || bits != 64) return;
  const Address6 address{prefix.high, interface_id(mac_)};
  Interface6::Own* own = v6_.find(address);
  if (own == nullptr) {
    if (valid != 0) own_address(now, address, after(now, preferred), after(now, valid));
    return;
  }
  own->preferred_until = after(now, preferred);
  // Nobody shall end our address by a forged word: less than two hours are not taken from it.
  const u64 until = after(now, valid);
  if (valid > kTwoHours || until > own->valid_until) {
    own->valid_until = until;
  } else if (own->valid_until > after(now, kTwoHours)) {
    own->valid_until = after(now, kTwoHours);
  }
}

}  // namespace net
