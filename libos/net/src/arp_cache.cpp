// SPDX-License-Identifier: MIT
#include "net/arp.hpp"

namespace net {

Neighbour* ArpCache::find(Address address) {
  for (Neighbour& n : entries_)
    if (n.state != Neighbour::State::Free && n.address == address) return &n;
  return nullptr;
}

Neighbour& ArpCache::claim() {
  Neighbour* oldest = &entries_[0];
  for (Neighbour& n : entries_) {
    if (n.state == Neighbour::State::Free) return n;
    // Who never answered goes before who did, so that a scan for absent neighbours displaces nobody.
    if (n.usable() != oldest->usable() ? oldest->usable() : n.used < oldest->used) oldest = &n;
  }
  return *oldest;
}

u64 ArpCache::next_deadline() const {
  u64 next = kForever;
  for (const Neighbour& n : entries_)
    if (n.state != Neighbour::State::Free && n.deadline < next) next = n.deadline;
  return next;
}

}  // namespace net
