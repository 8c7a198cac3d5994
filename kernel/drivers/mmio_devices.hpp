// SPDX-License-Identifier: MIT
// Where virtio-mmio devices may be on this machine.
#pragma once
#include "kernel/drivers/command_line.hpp"

namespace drivers {

// Calls `visit` for every place where a virtio-mmio device may be: those that the command line names;
// if it names none and `no_pci`, and a hypervisor runs us, the window of QEMU's microvm machine.
void each_mmio_block(const char* command_line, bool no_pci, void (*visit)(const MmioBlock&));

}  // namespace drivers
