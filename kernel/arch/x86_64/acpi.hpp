// SPDX-License-Identifier: MIT
// The one ACPI table that the kernel reads: the MADT, for CPUs and I/O APICs (ACPI 6.4, 5.2.12).
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

struct Topology {
  u32 apic_ids[kMaxCpus];
  u32 cpu_count;
  u64 ioapic;          // physical address
  u32 ioapic_gsi;      // first interrupt number of it
  bool from_acpi;
};
extern Topology topology;

// Fills `topology` from ACPI, or from QEMU's fw_cfg device when there are no tables.
void find_topology();

}  // namespace arch
