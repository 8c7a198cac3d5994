// SPDX-License-Identifier: MIT
// Disk extents: one compare per command decides whether a range of blocks is the caller's; joining what
// was split; and handing out what an ownership table says is free or somebody's (core/ownership.hpp).
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

// The capability entry by which env may do `op` on [block, block + blocks) of `device`. Flush has no
// range. BadCap, BadArgument (op), Denied (right, another device), OutOfRange.
Result<u32> extent_check(u16 env, u32 slot, DiskOp op, u64 block, u64 blocks, u16 device);

// Whether some of the blocks are those that the device's ownership table lies in.
bool extent_is_private(u16 device, u64 block, u64 blocks);

// The device that an Extent capability with kRead or kWrite is about.
Result<u16> extent_device(u16 env, u32 slot);

// Two capabilities of env with one parent, device and rights and adjacent ranges, without children and
// uses: the first covers both, the second is gone. BadCap, Denied, BadArgument: not so. Busy.
Status extent_join(u16 env, u32 first, u32 second);

// Ok if a child of entry `cap` fits into `target` of env. BadArgument, Occupied, NoSpace, BadCap.
Status extent_can_give(u16 env, u32 cap, u32 target);
// A child for [start, start + count), inside the parent; with its rights to read, write and grant.
void extent_give(u16 env, u32 cap, u32 target, u64 start, u64 count);

// Whether somebody holds [start, start + count) or a part of it by a capability that is not one to manage
// blocks with (kCreate or kControl). Looks at the tables of the environments that there are.
bool extent_in_use(u16 device, u64 start, u64 count);

}  // namespace core
