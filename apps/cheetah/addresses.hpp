// SPDX-License-Identifier: MIT
// Addresses: how many connections each client address has, so that one cannot take all. A hash table with as
// many places as twice the connections; an address without connections is forgotten.
#pragma once
#include "net/ip_address.hpp"

namespace cheetah {

using namespace abi;

template <u32 Connections>
class Addresses {
 public:
  // Counts one more. False: it has `most` already.
  bool enter(net::IpAddress address, u32 most) {
    u32 at = place_of(address);
    while (places_[at].count != 0 && !(places_[at].address == address)) at = (at + 1) % kPlaces;
    Place& place = places_[at];
    if (place.count >= most) return false;
    place.address = address;
    place.count++;
    return true;
  }
  // One fewer, of an address that was entered. What lies behind is moved up into the gap, if it may stand
  // there.
  void leave(net::IpAddress address) {
    u32 at = place_of(address);
    while (places_[at].count != 0 && !(places_[at].address == address)) at = (at + 1) % kPlaces;
    if (places_[at].count == 0 || --places_[at].count > 0) return;
    for (u32 next = (at + 1) % kPlaces; places_[next].count != 0; next = (next + 1) % kPlaces) {
      const u32 home = place_of(places_[next].address);
      if ((next - home + kPlaces) % kPlaces < (next - at + kPlaces) % kPlaces) continue;
      places_[at] = places_[next];
      places_[next].count = 0;
      at = next;
    }
  }

 private:
  struct Place {
    net::IpAddress address;
    u32 count;
  };
  static constexpr u32 kPlaces = 2 * Connections;
  static u32 place_of(net::IpAddress address) {
    const u64 mixed = (address.high() ^ address.low() * 0x9e3779b97f4a7c15) * 0x9e3779b97f4a7c15;
    return static_cast<u32>((mixed >> 32) % kPlaces);
  }

  Place places_[kPlaces] = {};
};

}  // namespace cheetah
