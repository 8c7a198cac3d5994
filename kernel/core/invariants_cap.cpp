// SPDX-License-Identifier: MIT
// check_caps: the derivation trees.
#include "kernel/core/cap.hpp"
#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"

namespace core {

namespace {

// Filters: the child's chain must contain the parent's filter.
bool chain_has(u16 filter, u16 wanted) {
  for (u32 i = 0; i <= kMaxFilterDepth && filter != kNoFilter; i++, filter = filters[filter].parent)
    if (filter == wanted) return true;
  return false;
}

const char* check_child(const CapEntry& parent, const CapEntry& child) {
  if (child.type != parent.type) return "a child capability is of another type";
  if ((child.rights & ~parent.rights) != 0) return "a child capability has more rights";
  if (child.stamp > parent.stamp) return "a child capability is fresher than its parent";
  if (child.type == CapType::Receive || child.type == CapType::Send)
    return chain_has(child.object, parent.object) ? nullptr : "a child capability passes other packets";
  if (child.object != parent.object) return "a child capability is about another object";
  if (child.start < parent.start || child.start + child.count > parent.start + parent.count)
    return "a child capability covers more";
  return nullptr;
}

const char* check_object(u32 index, const CapEntry& c) {
  switch (c.type) {
    case CapType::Env:
      if (c.object >= kMaxEnvs || envs[c.object].state == EnvState::Unused)
        return "a capability to an environment that is not there";
      if (c.depth == 0 && envs[c.object].parent != cap_holder(index) && c.object != 0)
        return "a creator's capability is not its creator's";
      return nullptr;
    case CapType::Frames:
      return c.start + c.count <= ledger_header.frame_count ? nullptr
                                                            : "a capability to frames beyond the last";
    case CapType::Slices:
      return c.object < kMaxCpus && c.start + c.count <= kSlicePositions
                 ? nullptr
                 : "a capability to slices beyond the last";
    case CapType::Receive:
    case CapType::Send:
      return filter_live(c.object) ? nullptr : "a capability to a filter that is free";
    default:
      return nullptr;
  }
}

// Walks one tree from its root; adds its entries to `seen`.
const char* check_tree(u32 root, u32& seen) {
  u32 path[kMaxDepth + 1];  // entries from the root down to the present one
  u32 previous = kNone;
  for (u32 i = root; i != kNone; i = caps[i].next) {
    const CapEntry& c = caps[i];
    if (seen++ > kMaxCaps) return "a derivation tree has no end";
    if (c.type == CapType::Null) return "an empty slot is in a derivation tree";
    if (c.prev != previous) return "a capability's prev is not the one before it";
    if (c.depth > kMaxDepth || (c.depth == 0) != (i == root)) return "a capability's depth is wrong";
    const bool torn = c.dying != 0;  // being revoked: ancestors may be gone already
    if (!torn && previous != kNone && c.depth > caps[previous].depth + 1)
      return "a capability without a parent";
    path[c.depth] = i;
    if (!torn && c.depth > 0)
      if (const char* wrong = check_child(caps[path[c.depth - 1]], c); wrong != nullptr) return wrong;
    if (const char* wrong = check_object(i, c); wrong != nullptr) return wrong;
    previous = i;
  }
  return nullptr;
}

bool is_empty(const CapEntry& c) {
  const CapEntry empty{};
  return __builtin_memcmp(&c, &empty, sizeof c) == 0;
}

}  // namespace

const char* check_caps() {
  u32 held = 0;
  u32 seen = 0;
  for (u32 i = 0; i < kMaxCaps; i++) {
    if (caps[i].type == CapType::Null) {
      if (!is_empty(caps[i])) return "an empty slot is not zero";
      continue;
    }
    held++;
    if (envs[cap_holder(i)].state == EnvState::Unused) return "an unused environment holds a capability";
    if (caps[i].prev != kNone) continue;
    if (const char* wrong = check_tree(i, seen); wrong != nullptr) return wrong;
  }
  return held == seen ? nullptr : "a capability is in no derivation tree";
}

}  // namespace core
