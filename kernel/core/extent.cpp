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

Result<u16> extent_device(u16 env, u32 slot) {
  const u32 index = TRY(cap_find(env, slot, CapType::Extent, 0));
  if ((caps[index].rights & (kRead | kWrite)) == 0) return Status::Denied;
  return caps[index].object;
}

}  // namespace core
