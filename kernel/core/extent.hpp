// SPDX-License-Identifier: MIT
// Disk extents: one compare per command decides whether a range of blocks is the caller's.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

// The capability entry by which env may do `op` on [block, block + blocks) of `device`. Flush has no
// range. BadCap, BadArgument (op), Denied (right, another device), OutOfRange.
Result<u32> extent_check(u16 env, u32 slot, DiskOp op, u64 block, u64 blocks, u16 device);

// The device that an Extent capability with kRead or kWrite is about.
Result<u16> extent_device(u16 env, u32 slot);

}  // namespace core
