// SPDX-License-Identifier: MIT
// What the loader tells the kernel: PVH's struct hvm_start_info (Xen public/arch-x86/hvm/start_info.h),
// copied out before its memory is used for something else.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

struct MemoryRange {
  u64 start, end;  // physical bytes, [start, end)
  u32 type;        // as E820: 1 memory, 2 reserved, 3 ACPI tables, 4 ACPI storage
};

struct BootInfo {
  MemoryRange ranges[64];
  u32 range_count;
  u64 rsdp;  // physical address of the ACPI root pointer, 0 if unknown
  char command_line[1024];
};
extern BootInfo boot_info;

// `start_info` is the physical address that the loader left in ebx. Memory below 4 GiB is mapped.
void read_boot_info(u64 start_info);

}  // namespace arch
