// SPDX-License-Identifier: MIT
// Stack: start, Ethernet in and out, and time.
#include "net/stack.hpp"

#include "wire.hpp"

namespace net {

using namespace wire;

namespace {

u64 earlier(u64 a, u64 b) { return a < b ? a : b; }

}  // namespace

void Stack::start(const Link& link, const Mac& mac, const Interface& interface) {
  link_ = link;
  mac_ = mac;
  configure(interface);
}

void Stack::configure(const Interface& interface) {
  due_ = 0;
  const bool changed = interface.address != interface_.address;
  interface_ = interface;
  epoch_++;
  watch();
  if (!changed) return;
  for (Neighbour& n : arp_) {
    if (n.state != Neighbour::State::Free && !n.address.is_v4()) continue;
    drop_held(n);
    n = {};
  }
  if (!interface.address.none()) announce();
}

bool Stack::ours(IpAddress a) const {
  if (!a.is_v4()) return v6_on_ && v6_.ours(a.v6());
  return !a.none() && a.v4() == interface_.address;
}

IpAddress Stack::source_for(IpAddress to) const {
  if (to.is_v4()) return interface_.address;
  return v6_on_ ? IpAddress(v6_.source_for(now_, to.v6())) : IpAddress(Address6{});
}

u32 Stack::path_mtu(IpAddress to) const { return paths_.find(now_, to, kMtu); }

// Frames for us, for everybody, and for multicast groups; which of these, their IP header tells.
bool Stack::our_station(const Mac& to) const {
  if (to == mac_ || to == kBroadcastMac) return true;
  const bool v4 = to.bytes[0] == 1 && to.bytes[1] == 0 && to.bytes[2] == 0x5e;
  return v4 || (v6_on_ && to.bytes[0] == 0x33 && to.bytes[1] == 0x33);
}

void Stack::input(u64 now, std::span<const u8> frame, bool summed) {
  now_ = now;
  counters_.frames_in++;
  if (input_quick(now, frame, summed)) return;
  if (frame.size() < kEthernetHeader) {
    counters_.runts++;
    return;
  }
  const Mac to = load_mac(&frame[kEthDestination]);
  if (!our_station(to)) {
    counters_.not_ours++;
    return;
  }
  to_group_ = to.group() && to != kBroadcastMac;
  const std::span<const u8> packet = frame.subspan(kEthernetHeader);
  const u16 type = load_be16(&frame[kEthType]);
  if (type == kTypeIpv4) {
    input_ip(now, packet, summed);
  } else if (type == kTypeArp) {
    input_arp(now, packet);
  } else if (type == kTypeIpv6 && v6_on_) {
    input_ip6(now, packet, summed);
  } else {
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

// To the neighbour, or into the queue of those that wait until it is known.
Sent Stack::transmit_to(u64 now, IpAddress hop, u8* buffer, u32 length, std::span<const Piece> pieces,
                        const Offload& offload) {
  Neighbour* n = arp_.find(hop);
  if (n == nullptr || !n->usable()) return hold(now, hop, buffer, length, !pieces.empty());
  n->used = now;
  return transmit(n->mac, buffer, length, pieces, offload);
}

// What moves a deadline forward, or makes one, sets due_ to 0: all that is not a UDP datagram or a TCP
// segment from or to a neighbour that is known.
u64 Stack::run_due(u64 now) {
  reassembly_.expire(now);
  report_groups(now);
  if (v6_on_) poll_v6(now);
  for (Neighbour& n : arp_) {
    if (n.state == Neighbour::State::Free || n.deadline > now) continue;
    const bool known_and_idle = n.state == Neighbour::State::Known && n.used + kArpFresh <= now;
    if (known_and_idle || n.tries >= kArpTries) {
      drop_held(n);
      n = {};
      epoch_++;
      continue;
    }
    if (n.state == Neighbour::State::Known) n.state = Neighbour::State::Stale;
    ask(now, n);
  }
  due_ = earlier(earlier(arp_.next_deadline(), groups_.next_deadline()), reassembly_.next_deadline());
  if (v6_on_) due_ = earlier(due_, earlier(v6_.next_deadline(), solicit_at_));
  return due_;
}

}  // namespace net
