// SPDX-License-Identifier: MIT
// NVMe disks (NVM Express 1.4). Every queue that an environment opens is a queue pair of the device:
// its rings are frames of that environment, its completions are written by the device itself.
#pragma once
#include "kernel/drivers/drivers.hpp"
#include "kernel/drivers/pci.hpp"

namespace drivers::nvme {

// Whether the function is an NVMe controller.
bool probe(pci::Function function);
// Starts it and its namespace 1 as devices[device] and says so in the log. Boot only.
bool start(pci::Function function, u16 device);

Status queue_open(u32 queue);
void queue_close(u32 queue);
Status submit(u32 queue, const DiskCommand& command);
void kick(u32 queue);
void poll(u32 queue);

}  // namespace drivers::nvme
