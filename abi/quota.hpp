// SPDX-License-Identifier: MIT
// Quotas: how much of each resource of the machine an environment may have. Hierarchical: what a child
// gets comes out of its parent's unused quota and goes back when the child is reaped.
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class Resource : u32 {
  Frames = 0,    // page frames that it owns, page tables and frames lent to the kernel included
  Caps = 1,      // occupied slots of its capability table
  Filters = 2,   // packet filters that it derived
  Slices = 3,    // positions of slice vectors that are its own
  Pins = 4,      // frames that rings, disks and cards keep pinned for it, counted as often as they do
  Commands = 5,  // disk commands in flight
  Wired = 6,     // of its Frames: those that nobody takes from it while it lives; none is ever "used"
};
inline constexpr u32 kResources = 7;

// Argument of env_create: an amount of each Resource.
struct EnvQuota {
  u32 amount[kResources];  // amount[Wired] <= amount[Frames]; amount[Caps] >= 1, for its slot 0
  u32 reserved;            // 0

  constexpr u32& operator[](Resource r) { return amount[static_cast<u32>(r)]; }
  constexpr u32 operator[](Resource r) const { return amount[static_cast<u32>(r)]; }
};
static_assert(sizeof(EnvQuota) == 32 && __has_unique_object_representations(EnvQuota));

// All that there is of a resource whose amount does not depend on the machine: the root environment's.
inline constexpr u32 kTotalCaps = kMaxCaps;
inline constexpr u32 kTotalFilters = kMaxFilters;
inline constexpr u32 kTotalSlices = kMaxCpus * kSlicePositions;
inline constexpr u32 kTotalPins = 1u << 17;
inline constexpr u32 kTotalCommands = kMaxQueues * 64;

// What an environment with a disk, a card and no children does well with, all frames wired.
constexpr EnvQuota usual_quota(u32 frames) {
  EnvQuota q{};
  q[Resource::Frames] = frames;
  q[Resource::Caps] = kCapsPerEnv;
  q[Resource::Filters] = 8;
  q[Resource::Pins] = 1024;
  q[Resource::Commands] = 64;
  q[Resource::Wired] = frames;
  return q;
}

// A helper with a few capabilities and no devices.
constexpr EnvQuota small_quota(u32 frames) {
  EnvQuota q{};
  q[Resource::Frames] = frames;
  q[Resource::Caps] = 16;
  q[Resource::Wired] = frames;
  return q;
}

}  // namespace abi
