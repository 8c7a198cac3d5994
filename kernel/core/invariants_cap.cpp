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

// That neighbours agree about who is whose neighbour.
const char* check_links(u32 index, const CapEntry& c) {
  if (c.parent == kNone) {
    if (c.depth != 0) return "a root capability's depth is not zero";
    if (c.next_sibling != kNone || c.prev_sibling != kNone) return "a root capability has siblings";
  } else {
    if (c.parent >= kMaxCaps || caps[c.parent].type == CapType::Null) return "a capability's parent is gone";
    const CapEntry& parent = caps[c.parent];
    if (c.depth > kMaxDepth || c.depth != parent.depth + 1) return "a capability's depth is wrong";
    if (c.prev_sibling == kNone && parent.first_child != index)
      return "a parent's first child is another one";
    if (c.prev_sibling != kNone && (c.prev_sibling >= kMaxCaps || caps[c.prev_sibling].next_sibling != index))
      return "a capability's older sibling does not know it";
    if (c.next_sibling != kNone &&
        (c.next_sibling >= kMaxCaps || caps[c.next_sibling].prev_sibling != index ||
         caps[c.next_sibling].parent != c.parent))
      return "a capability's younger sibling does not know it";
  }
  if (c.first_child == kNone) return nullptr;
  if (c.first_child >= kMaxCaps || caps[c.first_child].parent != index ||
      caps[c.first_child].prev_sibling != kNone)
    return "a first child is not one";
  return nullptr;
}

// As many entries in its list as it counts; together with the links, each exactly once.
const char* check_children(const CapEntry& c) {
  u32 n = 0;
  for (u32 i = c.first_child; i != kNone; i = caps[i].next_sibling)
    if (n++ > c.children) break;
  return n == c.children ? nullptr : "CapEntry::children is wrong";
}

const char* check_one(u32 index, const CapEntry& c) {
  if (const char* wrong = check_links(index, c); wrong != nullptr) return wrong;
  if (const char* wrong = check_children(c); wrong != nullptr) return wrong;
  if (const char* wrong = check_object(index, c); wrong != nullptr) return wrong;
  if (c.settle > ledger_header.clock) return "a revocation waits for the future";
  return c.parent == kNone ? nullptr : check_child(caps[c.parent], c);
}

bool is_empty(const CapEntry& c) {
  const CapEntry empty{};
  return __builtin_memcmp(&c, &empty, sizeof c) == 0;
}

}  // namespace

const char* check_caps() {
  u32 with_parent = 0;
  u32 children = 0;
  for (u32 i = 0; i < kMaxCaps; i++) {
    if (caps[i].type == CapType::Null) {
      if (!is_empty(caps[i])) return "an empty slot is not zero";
      continue;
    }
    if (envs[cap_holder(i)].state == EnvState::Unused) return "an unused environment holds a capability";
    if (const char* wrong = check_one(i, caps[i]); wrong != nullptr) return wrong;
    with_parent += caps[i].parent != kNone;
    children += caps[i].children;
  }
  return with_parent == children ? nullptr : "a capability is in no list of children";
}

}  // namespace core
