// SPDX-License-Identifier: MIT
#include "kernel/core/extent.hpp"

#include "kernel/core/cap.hpp"

namespace core {

Result<u32> extent_check(u16 env, u32 slot, DiskOp op, u64 block, u64 blocks, u16 device) {
  if (op != DiskOp::Read && op != DiskOp::Write && op != DiskOp::Flush) return Status::BadArgument;
  const u32 index = TRY(cap_find(env, slot, CapType::Extent, op == DiskOp::Read ? kRead : kWrite));
  const CapEntry& c = caps[index];
  if (c.object != device) return Status::Denied;
  if (op == DiskOp::Flush) return index;
  if (block < c.start || block - c.start > c.count || blocks > c.count - (block - c.start))
    return Status::OutOfRange;
  return index;
}

bool extent_is_private(u16 device, u64 block, u64 blocks) {
  const DeviceEntry& d = devices[device];
  return block < d.private_end && (block >= d.private_first || blocks > d.private_first - block);
}

Result<u16> extent_device(u16 env, u32 slot) {
  const u32 index = TRY(cap_find(env, slot, CapType::Extent, 0));
  if ((caps[index].rights & (kRead | kWrite)) == 0) return Status::Denied;
  return caps[index].object;
}

Status extent_join(u16 env, u32 first, u32 second) {
  const u32 a = TRY(cap_find(env, first, CapType::Extent, 0));
  const u32 b = TRY(cap_find(env, second, CapType::Extent, 0));
  CapEntry& x = caps[a];
  const CapEntry& y = caps[b];
  if (a == b) return Status::BadArgument;
  if (x.parent == kNone || x.parent != y.parent || x.object != y.object || x.rights != y.rights)
    return Status::Denied;
  const bool below = y.start - x.start == x.count;  // y lies behind x
  if (!below && x.start - y.start != y.count) return Status::BadArgument;
  if (cap_has_children(a) || cap_has_children(b) || x.uses != 0 || y.uses != 0) return Status::Busy;
  const u64 start = below ? x.start : y.start;
  const u64 count = x.count + y.count;
  cap_remove(b);
  x.start = start;
  x.count = count;
  return Status::Ok;
}

Status extent_can_give(u16 env, u32 cap, u32 target) {
  TRY_STATUS(cap_slot_free(env, target));
  return cap_can_have_child(cap);
}

void extent_give(u16 env, u32 cap, u32 target, u64 start, u64 count) {
  const u8 rights = caps[cap].rights & (kRead | kWrite | kGrant);
  cap_make_child(cap, cap_index(env, target), caps[cap].object, start, count, rights);
}

static bool holds(const CapEntry& c, u16 device, u64 start, u64 count) {
  if (c.type != CapType::Extent || c.object != device || (c.rights & (kCreate | kControl)) != 0) return false;
  return c.start >= start ? c.start - start < count : start - c.start < c.count;
}

static bool env_holds(u16 env, u16 device, u64 start, u64 count) {
  for (u32 slot = 0; slot < kCapsPerEnv; slot++)
    if (holds(caps[cap_index(env, slot)], device, start, count)) return true;
  return false;
}

bool extent_in_use(u16 device, u64 start, u64 count) {
  for (u16 env = 0; env < kMaxEnvs; env++)
    if (envs[env].state != EnvState::Unused && env_holds(env, device, start, count)) return true;
  return false;
}

}  // namespace core
