// SPDX-License-Identifier: MIT
#include "kernel/core/cap.hpp"

#include "kernel/core/filter.hpp"
#include "kernel/core/frame.hpp"

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
  return caps[cap_index(env, slot)].type == CapType::Null ? Status::Ok : Status::Occupied;
}

bool cap_has_children(u32 index) {
  return caps[index].next != kNone && caps[caps[index].next].depth > caps[index].depth;
}

Status cap_can_have_child(u32 source) {
  return caps[source].depth < kMaxDepth ? Status::Ok : Status::NoSpace;
}

static bool names_filter(CapType type) { return type == CapType::Receive || type == CapType::Send; }

void cap_make_root(u32 index, CapType type, u16 object, u64 start, u64 count, u8 rights) {
  caps[index] = CapEntry{.start = start,
                         .count = count,
                         .stamp = ledger_header.clock,
                         .next = kNone,
                         .prev = kNone,
                         .uses = 0,
                         .object = object,
                         .type = type,
                         .rights = rights,
                         .depth = 0,
                         .dying = 0,
                         .reserved = 0,
                         .reserved2 = 0};
  if (names_filter(type)) filter_reference(object);
}

void cap_make_child(u32 source, u32 index, u16 object, u64 start, u64 count, u8 rights) {
  CapEntry& s = caps[source];
  CapEntry& c = caps[index];
  c = s;
  c.start = start;
  c.count = count;
  c.object = object;
  c.rights = rights;
  c.depth++;
  c.uses = 0;
  c.prev = source;
  if (c.next != kNone) caps[c.next].prev = index;
  s.next = index;
  if (names_filter(c.type)) filter_reference(object);
  EnvPrivate& p = env_private[cap_holder(source)];
  if (p.revoke_cap == source) p.revoke_cap = kNone;  // what it began is not complete any more
}

void cap_remove(u32 index) {
  const CapEntry c = caps[index];
  if (c.prev != kNone) caps[c.prev].next = c.next;
  if (c.next != kNone) caps[c.next].prev = c.prev;
  caps[index] = CapEntry{};
  if (names_filter(c.type)) filter_unreference(c.object);
  EnvPrivate& p = env_private[cap_holder(index)];
  if (p.revoke_cap == index) p.revoke_cap = kNone;
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

Status cap_share(u16 env, u32 target, u32 first, u32 count, u32 rights) {
  if (count == 0 || count > kMaxShare) return Status::BadArgument;
  if ((rights & ~static_cast<u32>(kRead | kWrite | kExecute | kGrant)) != 0) return Status::BadArgument;
  TRY_STATUS(cap_slot_free(env, target));
  if (!frame_exists(first) || count > ledger_header.frame_count - first) return Status::Denied;
  for (u32 i = 0; i < count; i++)
    if (!frame_owned(env, first + i, FrameType::Data)) return Status::Denied;
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
