// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/code_arena.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/paging.hpp"

extern "C" abi::u8 jit_end[], jit_window[];

namespace arch {

constinit u64 code_generation = 0;
constinit u64 code_seen[kMaxCpus]{};

namespace {

// Bits of a page-table entry (Intel SDM Vol. 3A, table 4-20).
constexpr u64 kPresent = 1, kWritable = 2, kNoExecute = 1ul << 63;

void forget_page(const u8* address) { asm volatile("invlpg (%0)" : : "r"(address) : "memory"); }

void set_entry(const u8* address, u64 entry) {
  *kernel_page_entry(reinterpret_cast<u64>(address)) = entry;
  forget_page(address);
}

// `count` bytes within one page.
void write_to_page(u8* to, const u8* from, u32 count) {
  u8* const page = to - reinterpret_cast<u64>(to) % kPageSize;
  const u64 executable = *kernel_page_entry(reinterpret_cast<u64>(page));
  set_entry(page, executable | kNoExecute);
  set_entry(jit_window, virt_to_phys(page) | kPresent | kWritable | kNoExecute);
  memcpy(jit_window + (to - page), from, count);
  set_entry(jit_window, 0);
  set_entry(page, executable);
}

}  // namespace

void code_write(u32 offset, const u8* bytes, u32 length) {
  while (length != 0) {
    const u32 room = static_cast<u32>(kPageSize - offset % kPageSize);
    const u32 count = length < room ? length : room;
    write_to_page(jit_start + offset, bytes, count);
    offset += count;
    bytes += count;
    length -= count;
  }
  code_generation++;
}

// Another CPU may hold an entry of the time when the page was not executable, and instructions that it
// fetched ahead. INVLPG drops the first and, as it serialises, the others (SDM Vol. 3A, 8.1.3 and 8.3).
void code_catch_up() {
  for (const u8* page = jit_start; page < jit_end; page += kPageSize) forget_page(page);
  code_seen[this_cpu().number] = code_generation;
}

}  // namespace arch
