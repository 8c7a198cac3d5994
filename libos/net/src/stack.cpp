// SPDX-License-Identifier: MIT
// Stack: start, Ethernet in and out, and time.
#include "net/stack.hpp"

#include "wire.hpp"

namespace net {

using namespace wire;

void Stack::start(const Link& link, const Mac& mac, const Interface& interface) {
  link_ = link;
  mac_ = mac;
  configure(interface);
}

void Stack::configure(const Interface& interface) {
  const bool changed = interface.address != interface_.address;
  interface_ = interface;
  if (!changed) return;
  for (Neighbour& n : arp_) {
    drop_held(n);
    n = {};
  }
  if (!interface.address.none()) announce();
}

void Stack::input(u64 now, std::span<const u8> frame) {
  counters_.frames_in++;
  if (frame.size() < kEthernetHeader) {
    counters_.runts++;
    return;
  }
  const Mac to = load_mac(&frame[kEthDestination]);
  if (to != mac_ && to != kBroadcastMac) {
    counters_.not_ours++;
    return;
  }
  const std::span<const u8> packet = frame.subspan(kEthernetHeader);
  switch (load_be16(&frame[kEthType])) {
    case kTypeIpv4:
      input_ip(now, packet);
      break;
    case kTypeArp:
      input_arp(now, packet);
      break;
    default:
      counters_.unknown_type++;
  }
}

// Puts the Ethernet header in front and hands the packet to the link. The type is IPv4 unless the
// caller is ARP, which writes its own.
Sent Stack::transmit(const Mac& to, u8* buffer, u32 length, std::span<const Piece> pieces,
                     const Offload& offload) {
  store_mac(buffer + kEthDestination, to);
  store_mac(buffer + kEthSource, mac_);
  if (!link_.send(buffer, length, pieces, offload)) {
    counters_.send_busy++;
    return Sent::Busy;
  }
  counters_.frames_out++;
  return Sent::Yes;
}

u64 Stack::poll(u64 now) {
  for (Neighbour& n : arp_) {
    if (n.state == Neighbour::State::Free || n.deadline > now) continue;
    const bool known_and_idle = n.state == Neighbour::State::Known && n.used + kArpFresh <= now;
    if (known_and_idle || n.tries >= kArpTries) {
      drop_held(n);
      n = {};
      continue;
    }
    if (n.state == Neighbour::State::Known) n.state = Neighbour::State::Stale;
    ask(now, n);
  }
  return arp_.next_deadline();
}

}  // namespace net
