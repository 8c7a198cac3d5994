// SPDX-License-Identifier: MIT
// Sharing one queue of a device between the queues of environments: whose command goes next. Commands
// that wait stay in their queue's own submission ring, so waiting takes no memory of the kernel's.
// Environments take turns, and so do the queues of one; each has at most kSharedPerEnv with the device.
#pragma once
#include <bit>

#include "kernel/core/tables.hpp"

namespace drivers {
using namespace abi;

inline constexpr u32 kSharedSlots = 62;  // commands of environments with the device
inline constexpr u32 kKernelSlot = 62;   // the kernel's own, always to be had; one entry of 64 stays empty
inline constexpr u32 kSharedPerEnv = 32;

struct Share {
  struct Slot {
    u8 queue;
    u8 id;        // DiskCommand::id
    u16 started;  // disk_tick
  };
  u64 busy = 0;     // bit s: slot s is with the device
  u32 waiting = 0;  // bit q: queue q has commands that wait
  u32 last = 0;     // the queue that went last
  u16 last_env = 0;
  u8 in_device[kMaxEnvs] = {};
  Slot slots[kKernelSlot + 1] = {};

  // A free slot for a command of an environment, kNone if there is none.
  u32 free_slot() const {
    const u32 slot = static_cast<u32>(std::countr_one(busy));
    return slot < kSharedSlots ? slot : kNone;
  }

  // The queue whose turn it is, kNone: nothing may go.
  u32 next_queue() const {
    u32 best = kNone;
    u32 best_distance = ~0u;
    for (u32 rest = waiting; rest != 0; rest &= rest - 1) {
      const u32 queue = static_cast<u32>(std::countr_zero(rest));
      const u16 env = queues[queue].owner;
      if (in_device[env] >= kSharedPerEnv) continue;
      const u32 distance = ((env - last_env - 1u) % kMaxEnvs) * kMaxQueues + (queue - last - 1u) % kMaxQueues;
      if (distance < best_distance) {
        best_distance = distance;
        best = queue;
      }
    }
    return best;
  }

  void take(u32 slot, u32 queue, u32 id, u16 now) {
    busy |= 1ul << slot;
    slots[slot] = {static_cast<u8>(queue), static_cast<u8>(id), now};
    last = queue;
    last_env = queues[queue].owner;
    in_device[last_env]++;
  }
  void take_kernel(u16 now) {
    busy |= 1ul << kKernelSlot;
    slots[kKernelSlot] = {0, 0, now};
  }
  // `slot` is busy.
  void put(u32 slot) {
    busy &= ~(1ul << slot);
    if (slot != kKernelSlot) in_device[queues[slots[slot].queue].owner]--;
  }
};
static_assert(kMaxQueues == 32 && (kMaxEnvs & (kMaxEnvs - 1)) == 0);

}  // namespace drivers
