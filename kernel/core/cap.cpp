// SPDX-License-Identifier: MIT
#include "kernel/core/cap.hpp"

#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/quota.hpp"

namespace core {

static Result<u32> cap_any(u16 env, u32 slot) {
  if (slot >= kCapsPerEnv) return Status::BadCap;
  const u32 index = cap_index(env, slot);
  if (caps[index].type == CapType::Null || caps[index].dying != 0) return Status::BadCap;
  return index;
}

Result<u32> cap_find(u16 env, u32 slot, CapType type, u8 rights) {
  const u32 index = TRY(cap_any(env, slot));
  if (caps[index].type != type) return Status::BadCap;
  if ((rights & ~caps[index].rights) != 0) return Status::Denied;
  return index;
}

Status cap_slot_free(u16 env, u32 slot) {
  if (slot >= kCapsPerEnv) return Status::BadArgument;
  if (caps[cap_index(env, slot)].type != CapType::Null) return Status::Occupied;
  return quota_check(env, Resource::Caps, 1);
}

// Whether a revocation of an ancestor is under way: what it has not reached yet must not multiply.
static bool below_revocation(u32 index) {
  for (u32 i = 0; i < kMaxDepth && caps[index].parent != kNone; i++) {
    index = caps[index].parent;
    if (caps[index].dying != 0 || caps[index].revoking != 0) return true;
  }
  return false;
}

Status cap_can_have_child(u32 source) {
  if (caps[source].depth >= kMaxDepth) return Status::NoSpace;
  return below_revocation(source) ? Status::BadCap : Status::Ok;
}

static bool names_filter(CapType type) { return type == CapType::Receive || type == CapType::Send; }

void cap_make_root(u32 index, CapType type, u16 object, u64 start, u64 count, u8 rights) {
  caps[index] = CapEntry{.start = start,
                         .count = count,
                         .stamp = ledger_header.clock,
                         .settle = 0,
                         .parent = kNone,
                         .first_child = kNone,
                         .next_sibling = kNone,
                         .prev_sibling = kNone,
                         .children = 0,
                         .uses = 0,
                         .object = object,
                         .type = type,
                         .rights = rights,
                         .depth = 0,
                         .dying = 0,
                         .revoking = 0,
                         .reserved = 0};
  quota_book(cap_holder(index), Resource::Caps, 1);
  if (names_filter(type)) filter_reference(object);
}

void cap_make_child(u32 source, u32 index, u16 object, u64 start, u64 count, u8 rights) {
  CapEntry& s = caps[source];
  caps[index] = CapEntry{.start = start,
                         .count = count,
                         .stamp = s.stamp,
                         .settle = 0,
                         .parent = source,
                         .first_child = kNone,
                         .next_sibling = s.first_child,
                         .prev_sibling = kNone,
                         .children = 0,
                         .uses = 0,
                         .object = object,
                         .type = s.type,
                         .rights = rights,
                         .depth = static_cast<u8>(s.depth + 1),
                         .dying = 0,
                         .revoking = 0,
                         .reserved = 0};
  if (s.first_child != kNone) caps[s.first_child].prev_sibling = index;
  s.first_child = index;
  s.children++;
  s.settle = 0;  // a revocation that it began is not complete any more
  s.revoking = 0;
  quota_book(cap_holder(index), Resource::Caps, 1);
  if (names_filter(s.type)) filter_reference(object);
}

void cap_remove(u32 index) {
  const CapEntry c = caps[index];
  if (c.next_sibling != kNone) caps[c.next_sibling].prev_sibling = c.prev_sibling;
  if (c.prev_sibling != kNone) {
    caps[c.prev_sibling].next_sibling = c.next_sibling;
  } else if (c.parent != kNone) {
    caps[c.parent].first_child = c.next_sibling;
  }
  if (c.parent != kNone) caps[c.parent].children--;
  caps[index] = CapEntry{};
  quota_return(cap_holder(index), Resource::Caps, 1);
  if (names_filter(c.type)) filter_unreference(c.object);
}

// What derive and grant check alike.
static Status check_child(u32 source, u16 to, u32 target, u32 rights) {
  if (rights > kAllRights) return Status::BadArgument;
  if ((rights & ~caps[source].rights) != 0) return Status::Denied;
  TRY_STATUS(cap_slot_free(to, target));
  return cap_can_have_child(source);
}

Status cap_derive(u16 env, u32 source, u32 target, u32 rights, u64 start, u64 count) {
  const u32 from = TRY(cap_any(env, source));
  TRY_STATUS(check_child(from, env, target, rights));
  const CapEntry& s = caps[from];
  if (!has_range(s.type)) {
    start = s.start;
    count = s.count;
  } else {
    if (count == 0) return Status::BadArgument;
    if (start < s.start || start - s.start > s.count || count > s.count - (start - s.start))
      return Status::OutOfRange;
  }
  cap_make_child(from, cap_index(env, target), s.object, start, count, static_cast<u8>(rights));
  return Status::Ok;
}

Status cap_grant(u16 env, u32 source, u16 to, u32 target, u32 rights) {
  const u32 from = TRY(cap_any(env, source));
  const CapEntry& s = caps[from];
  if ((s.rights & kGrant) == 0) return Status::Denied;
  TRY_STATUS(check_child(from, to, target, rights));
  cap_make_child(from, cap_index(to, target), s.object, s.start, s.count, static_cast<u8>(rights));
  return Status::Ok;
}

static bool can_share(u16 env, u32 frame) {
  const FrameType type = frames[frame].type;
  return frame_lendable(env, frame) ||
         (frames[frame].owner == env && is_table(type) && type != FrameType::Table4);
}

Status cap_share(u16 env, u32 target, u32 first, u32 count, u32 rights) {
  if (count == 0 || count > kMaxShare) return Status::BadArgument;
  if ((rights & ~static_cast<u32>(kRead | kWrite | kExecute | kGrant)) != 0) return Status::BadArgument;
  TRY_STATUS(cap_slot_free(env, target));
  if (!frame_exists(first) || count > ledger_header.frame_count - first) return Status::Denied;
  for (u32 i = 0; i < count; i++)
    if (!can_share(env, first + i)) return Status::Denied;
  cap_make_root(cap_index(env, target), CapType::Frames, 0, first, count, static_cast<u8>(rights));
  return Status::Ok;
}

Status cap_drop(u16 env, u32 slot) {
  if (slot == kSlotSelf) return Status::BadArgument;
  if (slot >= kCapsPerEnv) return Status::BadCap;
  const u32 index = cap_index(env, slot);
  const CapEntry& c = caps[index];
  if (c.type == CapType::Null) return Status::BadCap;
  if (c.dying != 0 || c.uses != 0 || cap_has_children(index)) return Status::Busy;
  if (c.type == CapType::Env && c.depth == 0) return Status::Busy;  // env_reap takes it
  cap_remove(index);
  return Status::Ok;
}

}  // namespace core
