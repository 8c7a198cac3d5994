// SPDX-License-Identifier: MIT
#include "kernel/drivers/mmio_devices.hpp"

#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/drivers/registers.hpp"

namespace drivers {
namespace {

// QEMU's microvm (docs/system/i386/microvm.rst, include/hw/i386/microvm.h): with ACPI, which is the
// default, nothing on the command line says where the devices are; but the places are fixed.
//   acpi=on, two I/O APICs (default)  24 places, interrupts 24.. (inputs of the second I/O APIC)
//   acpi=on, ioapic2=off               8 places, interrupts 16..
//   acpi=off                           8 places, interrupts 5.., and QEMU writes the command line
constexpr u64 kFirst = 0xfeb00000;
constexpr u64 kStride = 512;
constexpr u32 kFew = 8, kMany = 24;
constexpr u32 kFewGsi = 16, kManyGsi = 24;
constexpr u32 kMagicValue = 0x74726976;  // "virt", virtio 1.1, 4.2.2

bool under_hypervisor() { return (arch::cpuid(1).ecx >> 31 & 1) != 0; }

bool has_place(const Window& places, u32 index) { return places.read<u32>(index * kStride) == kMagicValue; }

// From the last place down: QEMU gives the first -device the last place.
void visit_microvm(void (*visit)(const MmioBlock&)) {
  const Window places = map_registers(kFirst, kMany * kStride);
  if (!has_place(places, 0)) return;
  const bool many = has_place(places, kFew);
  const u32 count = many ? kMany : kFew;
  for (u32 i = count; i-- > 0;) {
    visit(MmioBlock{kFirst + i * kStride, (many ? kManyGsi : kFewGsi) + i});
  }
}

}  // namespace

void each_mmio_block(const char* command_line, bool no_pci, void (*visit)(const MmioBlock&)) {
  MmioBlock block;
  bool named = false;
  while (command_line != nullptr && next_mmio_device(&command_line, &block)) {
    named = true;
    visit(block);
  }
  if (!named && no_pci && under_hypervisor()) visit_microvm(visit);
}

}  // namespace drivers
