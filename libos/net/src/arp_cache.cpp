// SPDX-License-Identifier: MIT
#include "net/arp.hpp"

namespace net {

Neighbour* ArpCache::find(IpAddress address) {
  const auto is = [&](const Neighbour& n) {
    return n.state != Neighbour::State::Free && n.address == address;
  };
  if (is(entries_[last_])) return &entries_[last_];  // most packets go where the last one went
  for (u32 i = 0; i < kNeighbours; i++) {
    if (!is(entries_[i])) continue;
    last_ = i;
    return &entries_[i];
  }
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
