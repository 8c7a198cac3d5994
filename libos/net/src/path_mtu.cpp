// SPDX-License-Identifier: MIT
#include "net/path_mtu.hpp"

namespace net {
namespace {

constexpr u32 kPlateaus[] = {1492, 1280, 1006, 576, 508, 296};  // RFC 1191, 7

// What a router that says nothing may mean.
u32 guess(u32 size) {
  for (const u32 plateau : kPlateaus)
    if (plateau < size) return plateau;
  return kLeastMtu4;
}

}  // namespace

u32 PathMtus::find_told(u64 now, IpAddress to, u32 link) const {
  for (const Path& p : paths_)
    if (p.until > now && p.to == to) return p.mtu < link ? p.mtu : link;
  return link;
}

void PathMtus::note(u64 now, IpAddress to, u32 told, u32 size, u32 link) {
  u32 mtu = told != 0 ? told : guess(size);
  const u32 least = to.is_v4() ? kLeastMtu4 : kLeastMtu6;
  if (mtu < least) mtu = least;
  if (mtu >= find(now, to, link)) return;
  Path* room = &paths_[0];
  for (Path& p : paths_) {
    if (p.until > now && p.to == to) {
      room = &p;
      break;
    }
    if (p.until < room->until) room = &p;
  }
  *room = {to, now + kPathTime, mtu};
  last_ = now + kPathTime;
}

}  // namespace net
