// SPDX-License-Identifier: MIT
#include "net/groups.hpp"

namespace net {

const Group* Groups::find(IpAddress group) const {
  for (const Group& g : groups_)
    if (g.users > 0 && g.address == group) return &g;
  return nullptr;
}

// xorshift32 (Marsaglia 2003): only spreads answers.
u64 Groups::random(u64 most) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return most == 0 ? 0 : random_ % most;
}

bool Groups::join(u64 now, IpAddress group) {
  if (random_ == 0) random_ = static_cast<u32>(now ^ group.low()) | 1;
  if (Group* g = find(group)) {
    g->users++;
    return false;
  }
  for (Group& g : groups_) {
    if (g.users != 0) continue;
    g = {group, 1, now + random(kReportInterval), 1, true};
    return true;
  }
  return false;
}

bool Groups::leave(IpAddress group, bool& spoke) {
  Group* g = find(group);
  if (g == nullptr || --g->users > 0) return false;
  spoke = g->spoke;
  *g = {};
  return true;
}

void Groups::asked(u64 now, IpAddress group, bool v4, u64 most) {
  for (Group& g : groups_) {
    if (g.users == 0 || g.address.is_v4() != v4 || (!group.none() && g.address != group)) continue;
    const u64 at = now + random(most);
    if (g.report_at == kForever || at < g.report_at) g.report_at = at;
    g.repeats = 0;
  }
}

void Groups::heard(IpAddress group) {
  Group* g = find(group);
  if (g == nullptr) return;
  g->report_at = kForever;
  g->repeats = 0;
  g->spoke = false;
}

const Group* Groups::due(u64 now) {
  for (Group& g : groups_) {
    if (g.users == 0 || g.report_at > now) continue;
    g.report_at = kForever;
    if (g.repeats > 0 && --g.repeats > 0) g.report_at = now + random(kReportInterval);
    g.spoke = true;
    return &g;
  }
  return nullptr;
}

u64 Groups::next_deadline() const {
  u64 next = kForever;
  for (const Group& g : groups_)
    if (g.users > 0 && g.report_at < next) next = g.report_at;
  return next;
}

}  // namespace net
