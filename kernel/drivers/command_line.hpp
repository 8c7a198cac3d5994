// SPDX-License-Identifier: MIT
// Devices that a hypervisor names on the kernel's command line (Linux
// Documentation/admin-guide/kernel-parameters.txt, virtio_mmio.device).
#pragma once
#include "abi/types.hpp"

namespace drivers {
using namespace abi;

// A block of virtio-mmio registers and its interrupt, an input of the I/O APIC.
struct MmioBlock {
  u64 address = 0;
  u32 gsi = 0;
};

// Finds the next word virtio_mmio.device=SIZE@ADDRESS:IRQ[:ID] at or behind `*at` and moves `*at`
// behind it. False when there is none. Words that are malformed are passed over.
bool next_mmio_device(const char** at, MmioBlock* block);

}  // namespace drivers
