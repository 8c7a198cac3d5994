// SPDX-License-Identifier: MIT
// What the processor enforces for the kernel: page rights by section, guard pages, control bits.
#include <initializer_list>

#include "kernel/arch/x86_64/code_arena.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/features.hpp"
#include "kernel/arch/x86_64/layout.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/paging.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"
#include "kernel/syscall/user.hpp"
#include "tests/guest/kernel/check.hpp"

extern "C" abi::u8 image_start[], text_end[], rodata_end[], jit_start[], jit_end[], jit_window[], image_end[];

namespace kernel_test {

namespace {

constexpr u64 kPresent = 1, kWritable = 2, kUser = 4, kLarge = 128, kNoExecute = 1ul << 63;

// The entry that translates a kernel address, 0 if none does.
u64 translation(u64 address) {
  u64 table = arch::kernel_cr3;
  for (int shift = 39; shift >= 12; shift -= 9) {
    const u64 entry = arch::phys_to_virt<u64>(table & 0x000ffffffffff000ul)[address >> shift & 511];
    if ((entry & kPresent) == 0) return 0;
    if (shift == 12 || (entry & kLarge) != 0) return entry;
    table = entry;
  }
  return 0;
}

bool pages_are(const u8* from, const u8* to, u64 set, u64 clear) {
  for (u64 at = reinterpret_cast<u64>(from); at < reinterpret_cast<u64>(to); at += kPageSize) {
    const u64 entry = translation(at);
    if ((entry & set) != set || (entry & clear) != 0) return false;
  }
  return true;
}

const char* text_is_executable_and_fixed() {
  EXPECT(pages_are(image_start, text_end, kPresent, kWritable | kNoExecute | kUser));
  return nullptr;
}
const char* read_only_data_is_fixed() {
  EXPECT(pages_are(text_end, rodata_end, kPresent | kNoExecute, kWritable | kUser));
  return nullptr;
}
const char* data_is_not_executable() {
  EXPECT(pages_are(rodata_end, jit_start, kPresent | kWritable | kNoExecute, kUser));
  EXPECT(jit_window + kPageSize == image_end);
  return nullptr;
}
const u8* in_direct_map(const u8* of_image) {
  return arch::phys_to_virt<u8>(reinterpret_cast<u64>(of_image) - arch::kImageBase);
}
const char* pages_of_made_code() {
  EXPECT(pages_are(jit_start, jit_end, kPresent, kWritable | kNoExecute | kUser));
  EXPECT(
      pages_are(in_direct_map(jit_start), in_direct_map(jit_end), kPresent | kNoExecute, kWritable | kUser));
  EXPECT(translation(reinterpret_cast<u64>(jit_window)) == 0);
  return nullptr;
}
// Before code was written and after.
const char* made_code_is_executable_and_fixed() {
  if (const char* wrong = pages_of_made_code(); wrong != nullptr) return wrong;
  constexpr u8 kReturn7[] = {0xb8, 7, 0, 0, 0, 0xc3};  // mov eax, 7; ret
  const u32 offset = static_cast<u32>(kPageSize) - 3;  // across two pages, where no filter's code is yet
  arch::code_write(offset, kReturn7, sizeof kReturn7);
  EXPECT(reinterpret_cast<u32 (*)()>(arch::code_address(offset))() == 7);
  return pages_of_made_code();
}
const char* direct_map_is_no_way_round() {
  EXPECT(pages_are(in_direct_map(image_start), in_direct_map(rodata_end), kPresent | kNoExecute,
                   kWritable | kUser));
  return nullptr;
}
const char* page_zero_is_unmapped() {
  EXPECT(translation(0) == 0);
  EXPECT(translation(kPageSize) == 0);
  return nullptr;
}

const char* stacks_have_guard_pages() {
  for (u32 cpu = 0; cpu < ledger_header.cpu_count; cpu++) {
    const u64 block = arch::kCpuBlocks + cpu * static_cast<u64>(CPU_BLOCK_SIZE);
    for (const u64 top : {CPU_DOUBLE_FAULT_TOP, CPU_NMI_TOP, CPU_DEBUG_TOP}) {
      EXPECT(translation(block + top - kPageSize) != 0);
      EXPECT(translation(block + top - 2 * kPageSize) == 0);
    }
    EXPECT(translation(block + CPU_STACK_BOTTOM) != 0);
    EXPECT(translation(block + CPU_STACK_BOTTOM - kPageSize) == 0);
    EXPECT(translation(block + CPU_STACK_TOP) == 0);
  }
  return nullptr;
}

const char* control_bits_are_set() {
  const u64 cr0 = arch::read_cr0(), cr4 = arch::read_cr4();
  EXPECT((cr0 >> 16 & 1) == 1);  // WP
  EXPECT((cr4 >> 20 & 1) == (arch::features.smep ? 1 : 0));
  EXPECT((cr4 >> 21 & 1) == (arch::features.smap ? 1 : 0));
  EXPECT((cr4 >> 11 & 1) == (arch::features.umip ? 1 : 0));
  EXPECT((cr4 >> 16 & 1) == (arch::features.fsgsbase ? 1 : 0));
  EXPECT((arch::read_msr(0xc0000080) >> 11 & 1) == 1);  // EFER.NXE
  return nullptr;
}

const char* user_copy_survives_a_fault() {
  u64 word = 7;
  EXPECT(!user_copy_in(&word, 0x1000, sizeof word));  // nothing is mapped in the lower half
  EXPECT(!user_copy_words_in(&word, 0x1000, 1) && !user_copy_heads_in(&word, 0x1000, 1, 2, 0));
  EXPECT(!user_copy_out(0x7f0000000000, &word, sizeof word));
  EXPECT(word == 7);
  return nullptr;
}

const char* user_pointers_are_ranged() {
  u64 word = 7;
  using kernel::UserIn;
  EXPECT(UserIn<u64>(reinterpret_cast<u64>(&word)).copy(&word, 1) == Status::BadAddress);
  EXPECT(UserIn<u64>(kUserEnd).copy(&word, 1) == Status::BadAddress);
  EXPECT(UserIn<u64>(kUserEnd - 4096).copy(&word, 0xffffffff) == Status::BadAddress);
  EXPECT(UserIn<u64>(0xfffffffffffffff8).copy(&word, 2) == Status::BadAddress);
  EXPECT(UserIn<u64>(0x1001).copy(&word, 1) == Status::BadArgument);
  return nullptr;
}

// The registers that the next environment sees hold nothing of the last one.
const char* fpu_reset_clears_vectors() {
  u64 low = 0x1122334455667788, after = 1;
  asm volatile("movq %0, %%xmm5" : : "r"(low));
  arch::fpu_reset();
  asm volatile("movq %%xmm5, %0" : "=r"(after));
  EXPECT(after == 0);
  return nullptr;
}

constexpr Test kTests[] = {
    {"text-is-executable-and-fixed", text_is_executable_and_fixed},
    {"read-only-data-is-fixed", read_only_data_is_fixed},
    {"data-is-not-executable", data_is_not_executable},
    {"made-code-is-executable-and-fixed", made_code_is_executable_and_fixed},
    {"direct-map-is-no-way-round", direct_map_is_no_way_round},
    {"page-zero-is-unmapped", page_zero_is_unmapped},
    {"stacks-have-guard-pages", stacks_have_guard_pages},
    {"control-bits-are-set", control_bits_are_set},
    {"user-copy-survives-a-fault", user_copy_survives_a_fault},
    {"user-pointers-are-ranged", user_pointers_are_ranged},
    {"fpu-reset-clears-vectors", fpu_reset_clears_vectors},
};

}  // namespace

Tests protection_tests() { return {kTests, sizeof kTests / sizeof kTests[0]}; }

}  // namespace kernel_test
