// SPDX-License-Identifier: MIT
// Device interrupts: vectors, message-signalled interrupts and the I/O APIC.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Runs with interrupts off and the kernel lock held. `context` is what irq_allocate was given.
using IrqHandler = void (*)(u32 context);

// Reserves a vector for a device interrupt, delivered to `cpu`. 0 when none is left. Boot, or with
// the kernel lock held.
u8 irq_allocate(IrqHandler handler, u32 context);

// What to write into an MSI or MSI-X entry so that `vector` arrives at CPU number `cpu` (Intel SDM
// Vol. 3A, 11.11).
struct MsiMessage {
  u64 address;
  u32 data;
};
MsiMessage msi_message(u8 vector, u32 cpu);

// Routes a wired interrupt through the I/O APIC to CPU 0.
void ioapic_route(u32 gsi, u8 vector, bool level, bool active_low);

void mask_legacy_interrupts();  // the two 8259s, for good

}  // namespace arch
