// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/acpi.hpp"

#include "base/endian.hpp"
#include "base/memory.hpp"
#include "kernel/arch/x86_64/boot_info.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/port.hpp"

namespace arch {

constinit Topology topology{};

namespace {

constexpr u64 kReadable = 4ul << 30;  // the boot tables map this much
constexpr u16 kPowerButton = 1 << 8;  // bit of the event registers (ACPI 6.4, 4.8.3.1)

constinit u16 button_status = 0;  // port; 0: the machine has no such button

const u8* table_at(u64 physical) {
  return physical != 0 && physical < kReadable - kPageSize ? phys_to_virt<const u8>(physical) : nullptr;
}

u64 find_rsdp() {
  if (boot_info.rsdp != 0) return boot_info.rsdp;
  for (u64 at = 0xe0000; at < 0x100000; at += 16)
    if (memcmp(phys_to_virt<const char>(at), "RSD PTR ", 8) == 0) return at;
  return 0;
}

const u8* find_table(const char* signature) {
  const u8* rsdp = table_at(find_rsdp());
  if (rsdp == nullptr) return nullptr;
  const bool wide = rsdp[15] >= 2 && base::load_le64(rsdp + 24) != 0;
  const u8* root = table_at(wide ? base::load_le64(rsdp + 24) : base::load_le32(rsdp + 16));
  if (root == nullptr) return nullptr;
  const u32 length = base::load_le32(root + 4), step = wide ? 8 : 4;
  for (u32 at = 36; at + step <= length; at += step) {
    const u8* table = table_at(wide ? base::load_le64(root + at) : base::load_le32(root + at));
    if (table != nullptr && memcmp(table, signature, 4) == 0) return table;
  }
  return nullptr;
}

void add_cpu(u32 apic_id) {
  if (topology.cpu_count < kMaxCpus) topology.apic_ids[topology.cpu_count++] = apic_id;
}

void add_ioapic(u64 address, u32 first_gsi) {
  if (topology.ioapic_count < kMaxIoApics) topology.ioapics[topology.ioapic_count++] = {address, first_gsi};
}

void read_madt(const u8* madt) {
  const u32 length = base::load_le32(madt + 4);
  for (u32 at = 44; at + 2 <= length;) {
    const u8* entry = madt + at;
    const u8 type = entry[0], size = entry[1];
    if (size < 2 || at + size > length) return;
    if (type == 0 && size >= 8 && (base::load_le32(entry + 4) & 1) != 0) add_cpu(entry[3]);
    if (type == 1 && size >= 12) add_ioapic(base::load_le32(entry + 4), base::load_le32(entry + 8));
    at += size;
  }
}

// QEMU docs/specs/fw_cfg.rst: selector 5 is the number of CPUs; their APIC ids count up from 0.
void read_fw_cfg() {
  constexpr u16 kSelector = 0x510, kData = 0x511;
  out16(kSelector, 0);
  char signature[4];
  for (char& c : signature) c = static_cast<char>(in8(kData));
  u32 count = 1;
  if (memcmp(signature, "QEMU", 4) == 0) {
    out16(kSelector, 5);
    count = in8(kData);
    count |= static_cast<u32>(in8(kData)) << 8;
  }
  for (u32 i = 0; i < count; i++) add_cpu(i);
}

}  // namespace

void find_topology() {
  const u8* madt = find_table("APIC");
  if (madt != nullptr) read_madt(madt);
  if (topology.cpu_count == 0) {
    if (features.hypervisor) {
      read_fw_cfg();
    } else {
      add_cpu(0);
    }
  }
  if (topology.ioapic_count == 0) add_ioapic(0xfec00000, 0);
}

// ACPI 6.4, 4.8.3.1: the status register is the first half of the event block, the enable register the
// second. Without the enable bit QEMU does not even note the button. Writing a status bit clears it.
void find_power_button() {
  constexpr u32 kEventBlock = 56, kEventLength = 88, kFadtBytes = 90;
  const u8* fadt = find_table("FACP");
  if (fadt == nullptr || base::load_le32(fadt + 4) < kFadtBytes) return;
  const u32 block = base::load_le32(fadt + kEventBlock), length = fadt[kEventLength];
  if (block == 0 || block > 0xffff - length || length < 4) return;
  button_status = static_cast<u16>(block);
  const u16 enable = static_cast<u16>(block + length / 2);
  out16(button_status, kPowerButton);
  out16(enable, static_cast<u16>(in16(enable) | kPowerButton));
}

bool take_power_button() {
  if (button_status == 0 || (in16(button_status) & kPowerButton) == 0) return false;
  out16(button_status, kPowerButton);
  return true;
}

}  // namespace arch
