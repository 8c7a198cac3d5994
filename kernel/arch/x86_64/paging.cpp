// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/paging.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/boot_info.hpp"
#include "kernel/arch/x86_64/early_memory.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/layout.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/log.hpp"

extern "C" {
extern abi::u8 image_start[], text_end[], rodata_end[], jit_start[], jit_end[], jit_window[], image_end[];
abi::u64 kernel_half[abi::kTableEntries / 2];
}

namespace arch {

constinit u64 kernel_cr3 = 0;

namespace {

constexpr u64 kPresent = 1, kWritable = 2, kWriteThrough = 8, kNoCache = 16, kLarge = 128, kGlobal = 256,
              kNoExecute = 1ul << 63, kAddress = 0x000ffffffffff000ul;
constexpr u64 kLargePage = 2ul << 20;

constinit u64* kernel_pml4 = nullptr;
constinit u64 device_cursor = kDeviceMap;

u64* next_table(u64& entry) {
  if ((entry & kPresent) == 0)
    entry = static_cast<u64>(take_kernel_frames(1)) << kPageShift | kPresent | kWritable;
  return phys_to_virt<u64>(entry & kAddress);
}

u64* directory_of(u64 address) {
  u64* pointers = next_table(kernel_pml4[address >> 39 & 511]);
  return next_table(pointers[address >> 30 & 511]);
}

void map_small(u64 address, u64 physical, u64 flags) {
  u64* table = next_table(directory_of(address)[address >> 21 & 511]);
  table[address >> 12 & 511] = physical | flags | kPresent;
}

void map_large(u64 address, u64 physical, u64 flags) {
  directory_of(address)[address >> 21 & 511] = physical | flags | kPresent | kLarge;
}

bool in_code_arena(u64 physical) {
  return physical >= reinterpret_cast<u64>(jit_start) - kImageBase &&
         physical < reinterpret_cast<u64>(jit_end) - kImageBase;
}

void map_image(u64 global) {
  const u64 start = reinterpret_cast<u64>(image_start), end = reinterpret_cast<u64>(image_end);
  for (u64 address = start; address < end; address += kPageSize) {
    u64 flags = kNoExecute | kWritable;
    if (address < reinterpret_cast<u64>(text_end))
      flags = 0;
    else if (address < reinterpret_cast<u64>(rodata_end))
      flags = kNoExecute;
    if (in_code_arena(address - kImageBase)) flags = 0;
    map_small(address, address - kImageBase, flags | global);
  }
  *kernel_page_entry(reinterpret_cast<u64>(jit_window)) = 0;  // mapped by who writes code
}

// Memory and ACPI tables, 2 MiB at a time. The pages of kernel text, read-only data and made code are
// mapped small and without write, so that the direct map is no way round their protection.
void map_direct(u64 global) {
  const u64 fixed_end = reinterpret_cast<u64>(rodata_end) - kImageBase;
  const u64 protected_end = reinterpret_cast<u64>(jit_end) - kImageBase;
  for (u32 i = 0; i < boot_info.range_count; i++) {
    const MemoryRange& range = boot_info.ranges[i];
    if (range.type != 1 && range.type != 3 && range.type != 4) continue;
    const u64 limit = range.end < static_cast<u64>(kMaxFrames) << kPageShift
                          ? range.end
                          : static_cast<u64>(kMaxFrames) << kPageShift;
    for (u64 at = range.start & ~(kLargePage - 1); at < limit; at += kLargePage) {
      if (at >= (protected_end + kLargePage - 1) / kLargePage * kLargePage) {
        map_large(kDirectMap + at, at, kWritable | kNoExecute | global);
        continue;
      }
      for (u64 page = at; page < at + kLargePage; page += kPageSize) {
        const bool fixed = in_code_arena(page) ||
                           (page >= reinterpret_cast<u64>(image_start) - kImageBase && page < fixed_end);
        map_small(kDirectMap + page, page, (fixed ? 0 : kWritable) | kNoExecute | global);
      }
    }
  }
}

void map_frame_table(u64 global) {
  const u64 bytes = ledger_header.frame_count * sizeof(FrameEntry);
  for (u64 at = 0; at < bytes; at += kPageSize) {
    const u64 physical = static_cast<u64>(early_frame_table()) * kPageSize + at;
    map_small(kFrameTable + at, physical, kWritable | kNoExecute | global);
  }
}

}  // namespace

u64* kernel_page_entry(u64 address) {
  return &next_table(directory_of(address)[address >> 21 & 511])[address >> 12 & 511];
}

void paging_start() {
  const u64 global = features.global_pages ? kGlobal : 0;
  kernel_cr3 = static_cast<u64>(take_kernel_frames(1)) << kPageShift;
  kernel_pml4 = phys_to_virt<u64>(kernel_cr3);
  map_image(global);
  map_direct(global);
  map_frame_table(global);
  // Every level-3 table of the kernel half exists from now on, so that address spaces made later
  // and earlier see the same.
  (void)directory_of(kDeviceMap);
  (void)directory_of(kCpuBlocks);
  memcpy(kernel_half, kernel_pml4 + kTableEntries / 2, sizeof kernel_half);
  write_cr3(kernel_cr3);
}

void map_cpu_block(u32 cpu) {
  const u64 block = kCpuBlocks + static_cast<u64>(cpu) * CPU_BLOCK_SIZE;
  auto map_page = [&](u64 offset) {
    map_small(block + offset, static_cast<u64>(take_kernel_frames(1)) << kPageShift, kWritable | kNoExecute);
  };
  map_page(CPU_DOUBLE_FAULT_TOP - kPageSize);
  map_page(CPU_NMI_TOP - kPageSize);
  map_page(CPU_DEBUG_TOP - kPageSize);
  for (u64 at = CPU_STACK_BOTTOM; at < CPU_STACK_TOP; at += kPageSize) map_page(at);
  map_page(CPU_LOCAL);
}

volatile u8* map_device(u64 physical, u64 length) {
  const u64 first = physical & ~(kPageSize - 1);
  const u64 base = device_cursor;
  for (u64 at = first; at < physical + length; at += kPageSize) {
    map_small(device_cursor, at, kWritable | kNoExecute | kNoCache | kWriteThrough);
    device_cursor += kPageSize;
  }
  device_cursor += kPageSize;  // a hole, so that an overrun faults
  return reinterpret_cast<volatile u8*>(base + (physical - first));
}

}  // namespace arch
