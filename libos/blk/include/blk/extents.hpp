// SPDX-License-Identifier: MIT
// Blocks out of a disk's ownership table, for those who hold a capability to hand them out: each call of
// the kernel's is repeated until the table is on stable storage, asleep in between, for kPatience at most.
#pragma once
#include "abi/cap.hpp"
#include "abi/extent.hpp"
#include "base/result.hpp"
#include "core/start.hpp"

namespace blk {
using namespace abi;
using base::Result;
using base::Status;

inline constexpr u64 kPatienceSeconds = 30;

// Whom blocks belong to: 16 bytes of the caller's choice, not all zero.
struct Owner {
  u64 low;
  u64 high;
};

// TimedOut: it is still under way after kPatienceSeconds. Other errors as in abi/syscalls.def.
Status format_extents(u32 manager, ExtentFormat mode);

// `count` free blocks near `wanted`, recorded for `owner`; the capability lands in a free slot.
Result<core::ExtentInfo> allocate_extent(const core::ExtentInfo& manager, Owner owner, u64 wanted, u64 count);

// What is recorded for an owner, from `start` on for `count` blocks as the ledger says.
Result<core::ExtentInfo> open_extent(const core::ExtentInfo& manager, Owner owner, u32 index, u64 start,
                                     u64 count);

// Drops the capability and keeps the blocks, for opening them again.
Status forget_extent(const core::ExtentInfo& extent);
// Gives blocks back that nobody holds.
Status release_blocks(const core::ExtentInfo& manager, u64 start, u64 count);
// Drops the capability and gives its blocks back.
Status release_extent(const core::ExtentInfo& manager, const core::ExtentInfo& extent);

}  // namespace blk
