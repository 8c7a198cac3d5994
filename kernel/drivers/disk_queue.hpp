// SPDX-License-Identifier: MIT
// The kernel's side of an environment's queue, the same for every kind of disk. Its submission ring
// holds commands in NVMe's form: a controller reads them there, or they wait there for their turn.
#pragma once
#include "kernel/core/tables.hpp"
#include "kernel/drivers/completion_ring.hpp"
#include "kernel/drivers/disk_share.hpp"
#include "kernel/drivers/nvme_format.hpp"

namespace drivers {

struct DiskQueue {
  nvme::Command* commands = nullptr;      // frames[1] of the queue
  DiskCompletion* completions = nullptr;  // frames[0]
  u64 in_flight = 0;                      // bit i: command identifier i
  u16 tail = 0;                           // of the submission ring
  u16 waiting = 0;                        // the last ones before the tail wait for their turn
  CompletionRing ring;                    // where the next completion appears, whoever writes it
  u16 started[kDiskDepth] = {};           // disk_tick, by identifier

  // The entry where the next command goes. There is always room: one entry stays empty, as core sees to.
  nvme::Command& next() { return commands[tail]; }
  void added(u32 id, u16 now) {
    tail = (tail + 1) % kDiskDepth;
    in_flight |= 1ul << id;
    started[id] = now;
  }
  // `waiting` is not zero: the one that has waited longest leaves.
  const nvme::Command& take_waiting() { return commands[(tail - waiting--) % kDiskDepth]; }
};
extern DiskQueue disk_queues[kMaxQueues];

// A new queue whose frames are in queues[queue].
void disk_queue_start(u32 queue);
// Writes a completion into the owner's ring and gives the command's frames back. It is in flight.
void disk_queue_finish(u32 queue, u32 id, u16 status);
// Everything in flight ends with an error; nothing waits any more.
void disk_queue_abort(u32 queue, Share& share);

}  // namespace drivers
