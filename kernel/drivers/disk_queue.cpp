// SPDX-License-Identifier: MIT
#include "kernel/drivers/disk_queue.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/disk_time.hpp"
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/nvme_command.hpp"

namespace drivers {

constinit DiskQueue disk_queues[kMaxQueues];
constinit u16 disk_tick = 0;

void disk_queue_start(u32 queue) {
  DiskQueue& q = disk_queues[queue];
  q = DiskQueue{};
  q.completions = reinterpret_cast<DiskCompletion*>(arch::frame_bytes(queues[queue].frames[0]));
  q.commands = reinterpret_cast<nvme::Command*>(arch::frame_bytes(queues[queue].frames[1]));
  for (u32 i = 0; i < kDiskDepth; i++) nvme::prepare(q.commands[i]);
}

void disk_queue_finish(u32 queue, u32 id, u16 status) {
  DiskQueue& q = disk_queues[queue];
  if (status != kStatusSuccess) devices[queues[queue].device].errors++;
  q.in_flight &= ~(1ul << id);
  q.ring.post(q.completions, 0, static_cast<u16>(id), status);
  kernel::disk_completed(queue, static_cast<u16>(id), status == kStatusSuccess);
}

void disk_queue_abort(u32 queue, Share& share) {
  DiskQueue& q = disk_queues[queue];
  q.waiting = 0;
  share.waiting &= ~(1u << queue);
  while (q.in_flight != 0)
    disk_queue_finish(queue, static_cast<u32>(std::countr_zero(q.in_flight)), kStatusAborted);
}

}  // namespace drivers
