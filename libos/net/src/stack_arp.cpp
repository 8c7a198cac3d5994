// SPDX-License-Identifier: MIT
// Stack: ARP (RFC 826; RFC 5227 for announcing and defending an address).
#include "net/stack.hpp"
#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

constexpr u64 kDefendInterval = 10 * kSecond;  // RFC 5227, 1.1

// Ethernet, IPv4, 6 and 4 bytes of address.
constexpr u8 kArpPrefix[6] = {0, 1, 8, 0, 6, 4};

}  // namespace

void Stack::input_arp(u64 now, std::span<const u8> packet) {
  due_ = 0;
  counters_.arp_in++;
  if (packet.size() < kArpLength || memcmp(packet.data(), kArpPrefix, sizeof kArpPrefix) != 0) {
    counters_.arp_bad++;
    return;
  }
  const u16 operation = load_be16(&packet[kArpOperation]);
  const Mac sender_mac = load_mac(&packet[kArpSenderMac]);
  const Address sender = load_address(&packet[kArpSender]);
  const Address target = load_address(&packet[kArpTarget]);
  if ((operation != kArpRequest && operation != kArpReply) || sender_mac.group() || sender_mac == Mac{}) {
    counters_.arp_bad++;
    return;
  }
  if (interface_.address.none()) return;
  if (sender == interface_.address) {
    defend(now, sender_mac);
    return;
  }
  const bool for_us = target == interface_.address;
  learn(now, sender, sender_mac, for_us);
  if (for_us && operation == kArpRequest) send_arp(kArpReply, sender_mac, sender_mac, sender);
}

// RFC 826: a station that is known is updated by whatever it says; a new one is entered only if it
// speaks to us. A probe (sender 0, RFC 5227) and a stranger to our network teach nothing.
void Stack::learn(u64 now, Address sender, const Mac& mac, bool for_us) {
  if (sender.none() || !interface_.neighbour(sender) || sender == interface_.broadcast()) return;
  Neighbour* n = arp_.find(sender);
  if (n == nullptr) {
    if (!for_us) return;
    n = &enter(now, sender);
  }
  known(now, *n, mac);
}

// A new entry; what the one before it held is lost.
Neighbour& Stack::enter(u64 now, IpAddress address) {
  Neighbour& n = arp_.claim();
  epoch_++;
  drop_held(n);
  n = {};
  n.address = address;
  n.used = now;
  return n;
}

// The neighbour has said where it is: what waited for that goes out.
void Stack::known(u64 now, Neighbour& n, const Mac& mac) {
  if (!(n.mac == mac)) epoch_++;
  n.mac = mac;
  n.state = Neighbour::State::Known;
  n.tries = 0;
  n.deadline = now + kArpFresh;
  for (u8 i = 0; i < n.held_count; i++) (void)transmit(mac, n.held[i].buffer, n.held[i].length, {});
  n.held_count = 0;
}

// Somebody else uses our address: say once that it is ours, but never start a quarrel (RFC 5227, 2.4 b).
void Stack::defend(u64 now, const Mac& other) {
  if (other == mac_) return;  // our own announcement, come back
  counters_.arp_conflicts++;
  if (last_defence_ != 0 && now - last_defence_ < kDefendInterval) return;
  last_defence_ = now;
  announce();
}

void Stack::announce() { send_arp(kArpRequest, kBroadcastMac, Mac{}, interface_.address); }

void Stack::send_arp(u16 operation, const Mac& station, const Mac& target_mac, Address target) {
  constexpr u32 kLength = kEthernetHeader + kArpLength;
  u8* buffer = link_.take(kLength);
  if (buffer == nullptr) {
    counters_.send_busy++;
    return;
  }
  store_be16(buffer + kEthType, kTypeArp);
  u8* arp = buffer + kEthernetHeader;
  memcpy(arp, kArpPrefix, sizeof kArpPrefix);
  store_be16(arp + kArpOperation, operation);
  store_mac(arp + kArpSenderMac, mac_);
  store_address(arp + kArpSender, interface_.address);
  store_mac(arp + kArpTargetMac, target_mac);
  store_address(arp + kArpTarget, target);
  (void)transmit(station, buffer, kLength, {});
}

// Asks for a neighbour once more: everybody, or first the station that it was (RFC 1122, 2.3.2.1).
void Stack::ask(u64 now, Neighbour& n) {
  const bool unicast = n.state == Neighbour::State::Stale && n.tries == 0;
  n.tries++;
  n.deadline = now + kArpRetry;
  if (!n.address.is_v4()) return solicit(now, n.address.v6(), unicast ? &n.mac : nullptr, false);
  send_arp(kArpRequest, unicast ? n.mac : kBroadcastMac, Mac{}, n.address.v4());
}

void Stack::drop_held(Neighbour& n) {
  for (u8 i = 0; i < n.held_count; i++) link_.give_back(n.held[i].buffer);
  counters_.send_unresolved += n.held_count;
  n.held_count = 0;
}

// The neighbour by way of which an IP packet came; none if that cannot be said.
IpAddress Stack::came_through(u64 now, std::span<const u8> frame) const {
  const u16 type = load_be16(&frame[kEthType]);
  const u8* packet = &frame[kEthernetHeader];
  if (type == kTypeIpv4) {
    const Address source = load_address(packet + kIpSource);
    return possible_source(source) ? next_hop(source) : Address{};
  }
  if (type != kTypeIpv6 || !v6_on_ || frame.size() < kEthernetHeader + kIp6Header) return Address{};
  const Address6 source = load_address6(packet + kIp6Source);
  return source.multicast() || source.none() ? Address6{} : v6_.next_hop(now, source);
}

void Stack::witness(u64 now, std::span<const u8> frame) {
  if (frame.size() < kEthernetHeader + kIpHeader || load_mac(&frame[kEthDestination]) != mac_) return;
  const IpAddress hop = came_through(now, frame);
  const Mac station = load_mac(&frame[kEthSource]);
  if (hop.none() || station.group()) return;
  Neighbour* n = arp_.find(hop);
  if (n != nullptr && n->usable()) return;
  due_ = 0;
  known(now, n != nullptr ? *n : enter(now, hop), station);
}

// The neighbour is not known: hold what is wholly in a buffer of ours, as long as there is room. What
// has pieces is lost, because nobody promised to keep them until some later time.
Sent Stack::hold(u64 now, IpAddress hop, u8* buffer, u32 length, bool pieces) {
  due_ = 0;
  Neighbour* n = arp_.find(hop);
  if (n == nullptr) {
    n = &enter(now, hop);
    n->state = Neighbour::State::Asking;
    ask(now, *n);
  }
  n->used = now;
  if (pieces || n->held_count == kHeldPackets) {
    link_.give_back(buffer);
    counters_.send_unresolved++;
    return Sent::Unresolved;
  }
  n->held[n->held_count++] = {buffer, length};
  return Sent::Held;
}

}  // namespace net
