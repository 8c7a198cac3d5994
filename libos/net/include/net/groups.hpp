// SPDX-License-Identifier: MIT
// Groups: which multicast groups are received, and when to say so (RFC 2236, IGMPv2; RFC 2710, MLD).
// Decides; Stack sends.
#pragma once
#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kGroups = 16;
inline constexpr u64 kReportInterval = 10 * kSecond;  // RFC 2236, 8.10; RFC 2710, 7.10

struct Group {
  IpAddress address;
  u32 users;      // 0: free
  u64 report_at;  // kForever: nothing to say
  u8 repeats;     // reports without a question that are still to come
  bool spoke;     // ours was the last report: say when we leave (RFC 2236, 3)
};

class Groups {
 public:
  // One more user. True: it is new, report it now. Nothing happens if there is no room: `joined` tells.
  bool join(u64 now, IpAddress group);
  bool joined(IpAddress group) const { return find(group) != nullptr; }
  // One user less. True: nobody is left; say so if `spoke` is set.
  bool leave(IpAddress group, bool& spoke);
  // A router asks for `group`, or for all of a family (`group` none, `v4`): answer within `most`.
  void asked(u64 now, IpAddress group, bool v4, u64 most);
  // Somebody else has said it.
  void heard(IpAddress group);
  // The next group to report, nullptr if none is due; it is taken as said.
  const Group* due(u64 now);
  u64 next_deadline() const;

 private:
  const Group* find(IpAddress group) const;
  Group* find(IpAddress group) { return const_cast<Group*>(static_cast<const Groups*>(this)->find(group)); }
  u64 random(u64 most);

  Group groups_[kGroups] = {};
  u32 random_ = 0;
};

}  // namespace net
