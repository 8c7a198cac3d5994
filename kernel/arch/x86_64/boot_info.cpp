// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/boot_info.hpp"

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/log.hpp"

namespace arch {

constinit BootInfo boot_info{};

namespace {

struct StartInfo {
  u32 magic, version, flags, module_count;
  u64 modules, command_line, rsdp, memory_map;
  u32 memory_map_entries, reserved;
};
struct MapEntry {
  u64 address, size;
  u32 type, reserved;
};
constexpr u32 kMagic = 0x336ec578;

}  // namespace

void read_boot_info(u64 start_info) {
  const StartInfo& info = *phys_to_virt<const StartInfo>(start_info);
  if (info.magic != kMagic || info.version < 1)
    kernel::panic("the loader gave no PVH memory map (version 1)");
  boot_info.rsdp = info.rsdp;
  const MapEntry* map = phys_to_virt<const MapEntry>(info.memory_map);
  for (u32 i = 0; i < info.memory_map_entries && boot_info.range_count < 64; i++)
    boot_info.ranges[boot_info.range_count++] = {map[i].address, map[i].address + map[i].size, map[i].type};
  if (info.command_line == 0) return;
  const char* line = phys_to_virt<const char>(info.command_line);
  for (u32 i = 0; i < sizeof boot_info.command_line - 1 && line[i] != 0; i++)
    boot_info.command_line[i] = line[i];
}

}  // namespace arch
