// SPDX-License-Identifier: MIT
// The I/O APIC (Intel 82093AA datasheet), for wired interrupts: the devices of QEMU's microvm.
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/interrupt.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

namespace {

constinit volatile u32* windows[kMaxIoApics] = {};

void write(volatile u32* window, u32 index, u32 value) {
  window[0] = index;
  window[4] = value;
}

// The controller with the highest first input that is not above `gsi`: QEMU's microvm has a second
// one for its virtio devices.
u32 ioapic_of(u32 gsi) {
  u32 best = 0;
  for (u32 i = 1; i < topology.ioapic_count; i++) {
    const u32 first = topology.ioapics[i].first_gsi;
    if (first <= gsi && first >= topology.ioapics[best].first_gsi) best = i;
  }
  return best;
}

}  // namespace

void ioapic_route(u32 gsi, u8 vector, bool level, bool active_low) {
  const u32 index = ioapic_of(gsi);
  volatile u32*& window = windows[index];
  if (window == nullptr) {
    window = reinterpret_cast<volatile u32*>(map_device(topology.ioapics[index].address, kPageSize));
  }
  const u32 entry = 0x10 + 2 * (gsi - topology.ioapics[index].first_gsi);
  write(window, entry + 1, cpus[0].apic_id << 24);
  write(window, entry, vector | (active_low ? 1u << 13 : 0) | (level ? 1u << 15 : 0));
}

// The two 8259 controllers would raise vectors of exceptions: mask every line.
void mask_legacy_interrupts() {
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
}

}  // namespace arch
