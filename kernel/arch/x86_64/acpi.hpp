// SPDX-License-Identifier: MIT
// The ACPI tables that the kernel reads: the MADT, for CPUs and I/O APICs (ACPI 6.4, 5.2.12), and of the FADT
// where the power button is (5.2.9).
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

inline constexpr u32 kMaxIoApics = 4;

struct IoApic {
  u64 address;    // physical
  u32 first_gsi;  // number of its first interrupt input
};

struct Topology {
  u32 apic_ids[kMaxCpus];
  u32 cpu_count;
  IoApic ioapics[kMaxIoApics];
  u32 ioapic_count;  // at least one
};
extern Topology topology;

// Fills `topology` from ACPI, or from QEMU's fw_cfg device when there are no tables.
void find_topology();

// Switches the power button on, if there is one. While the boot tables are mapped, as find_topology.
void find_power_button();
// Whether it was pressed since it was last asked for.
bool take_power_button();

}  // namespace arch
