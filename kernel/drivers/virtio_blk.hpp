// SPDX-License-Identifier: MIT
// Disks for machines without NVMe: virtio-blk (virtio 1.1, 5.2). The device has one queue, which all
// queues of environments share in turns; completions are written into each owner's ring as NVMe would.
#pragma once
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/virtio_transport.hpp"

namespace drivers::virtio_blk {

// Starts the disk behind `transport` as devices[device] and says so in the log. Boot only.
bool start(const virtio::Transport& transport, u16 device);

// As in drivers.hpp.
Status queue_open(u32 queue);
Status submit(u32 queue, const DiskCommand* list, u32 count, u32& done);
void poll(u32 queue);
Status kernel_io(u16 device, DiskOp op, u64 block, void* page);
void tick_all();  // every kTickMs: time-outs and what they lead to

}  // namespace drivers::virtio_blk
