// SPDX-License-Identifier: MIT
// Addresses: how many connections each client address has, so that one cannot take all. A hash table; an
// address without connections is forgotten.
#pragma once
#include <span>

#include "net/ip_address.hpp"

namespace cheetah {

using namespace abi;

struct AddressPlace {
  net::IpAddress address;
  u32 count;
};

class Addresses {
 public:
  // `places`: zero; more than there can be addresses at a time, best twice as many.
  void start(std::span<AddressPlace> places) { places_ = places; }
  // Counts one more. False: it has `most` already.
  bool enter(net::IpAddress address, u32 most) {
    u32 at = place_of(address);
    while (places_[at].count != 0 && !(places_[at].address == address)) at = after(at);
    AddressPlace& place = places_[at];
    if (place.count >= most) return false;
    place.address = address;
    place.count++;
    return true;
  }
  // One fewer, of an address that was entered. What lies behind is moved up into the gap, if it may stand
  // there.
  void leave(net::IpAddress address) {
    u32 at = place_of(address);
    while (places_[at].count != 0 && !(places_[at].address == address)) at = after(at);
    if (places_[at].count == 0 || --places_[at].count > 0) return;
    for (u32 next = after(at); places_[next].count != 0; next = after(next)) {
      const u32 home = place_of(places_[next].address);
      if (distance(home, next) < distance(at, next)) continue;
      places_[at] = places_[next];
      places_[next].count = 0;
      at = next;
    }
  }

 private:
  u32 place_of(net::IpAddress address) const {
    const u64 mixed = (address.high() ^ address.low() * 0x9e3779b97f4a7c15) * 0x9e3779b97f4a7c15;
    return static_cast<u32>((mixed >> 32) % places_.size());
  }
  u32 after(u32 at) const { return at + 1 < places_.size() ? at + 1 : 0; }
  u32 distance(u32 from, u32 to) const {
    return to >= from ? to - from : to + static_cast<u32>(places_.size()) - from;
  }

  std::span<AddressPlace> places_;
};

}  // namespace cheetah
