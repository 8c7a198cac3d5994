// SPDX-License-Identifier: MIT
// The I/O APIC (Intel 82093AA datasheet), for wired interrupts: the devices of QEMU's microvm.
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

namespace {

constinit volatile u32* window = nullptr;

void write(u32 index, u32 value) {
  window[0] = index;
  window[4] = value;
}

}  // namespace

void ioapic_route(u32 gsi, u8 vector, bool level, bool active_low) {
  if (window == nullptr) window = reinterpret_cast<volatile u32*>(map_device(topology.ioapic, kPageSize));
  const u32 entry = 0x10 + 2 * (gsi - topology.ioapic_gsi);
  write(entry + 1, cpus[0].apic_id << 24);
  write(entry, vector | (active_low ? 1u << 13 : 0) | (level ? 1u << 15 : 0));
}

// The two 8259 controllers would raise vectors of exceptions: mask every line.
void mask_legacy_interrupts() {
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
}

}  // namespace arch
