// SPDX-License-Identifier: MIT
// PathMtus: which destinations take only smaller packets than the link, as routers have told (RFC 1191,
// RFC 8201), for a while.
#pragma once
#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kPaths = 16;                          // the oldest word makes room
inline constexpr u64 kPathTime = 600 * kSecond;            // RFC 1191, 6.3
inline constexpr u32 kLeastMtu4 = 256, kLeastMtu6 = 1280;  // less is not believed: RFC 8200, 5

class PathMtus {
 public:
  // The longest packet to `to`, IP header included; `link` if nothing else is known.
  u32 find(u64 now, IpAddress to, u32 link) const { return now >= last_ ? link : find_told(now, to, link); }
  // A router said `told` bytes, 0: it did not say how many, of a packet of `size`. What is not less than
  // `link` changes nothing.
  void note(u64 now, IpAddress to, u32 told, u32 size, u32 link);

 private:
  struct Path {
    IpAddress to;
    u64 until;  // 0: free
    u32 mtu;
  };
  u32 find_told(u64 now, IpAddress to, u32 link) const;

  Path paths_[kPaths] = {};
  u64 last_ = 0;  // when all are forgotten
};

}  // namespace net
