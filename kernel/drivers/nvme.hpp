// SPDX-License-Identifier: MIT
// NVMe disks (NVM Express 1.4). A queue that an environment opens is a queue pair of the device while
// there are any: its rings are frames of that environment, its completions are written by the device
// itself. The others share a pair, as all do on virtio disks.
#pragma once
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/pci.hpp"

namespace drivers::nvme {

// Whether the function is an NVMe controller.
bool probe(pci::Function function);
// Starts it and its namespace 1 as devices[device] and says so in the log. Boot only.
bool start(pci::Function function, u16 device);

// As in drivers.hpp.
Status queue_open(u32 queue);
Status queue_close(u32 queue);
Status submit(u32 queue, const DiskCommand* list, u32 count, u32& done);
void poll(u32 queue);
Status kernel_io(u16 device, DiskOp op, u64 block, void* page);
void tick_all();  // every kTickMs: time-outs and what they lead to

}  // namespace drivers::nvme
