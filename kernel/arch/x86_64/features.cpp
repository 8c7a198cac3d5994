// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/features.hpp"

#include "base/memory.hpp"
#include "kernel/arch/x86_64/processor.hpp"

namespace arch {

constinit Features features{};

// In the standard, non-compacted form: header XSTATE_BV = 0 means "initial".
alignas(64) constinit u8 initial_state[4096]{};

// Places of STAC and CLAC, and the three bytes of the instruction (entry.S).
struct SmapPatch {
  u64 address, code;
};
extern "C" const SmapPatch smap_start[], smap_end[];

namespace {

// x87, SSE, AVX, and the AVX-512 components that fit the one-frame save area.
constexpr u32 kWantedState = 0xe7;

constexpr u64 kCr4Osfxsr = 1 << 9, kCr4Osxmmexcpt = 1 << 10, kCr4Umip = 1 << 11, kCr4Fsgsbase = 1 << 16,
              kCr4Pcide = 1 << 17, kCr4Osxsave = 1 << 18, kCr4Smep = 1 << 20, kCr4Smap = 1 << 21,
              kCr4Pge = 1 << 7;

}  // namespace

void find_features() {
  const CpuId one = cpuid(1);
  const CpuId seven = cpuid(0).eax >= 7 ? cpuid(7) : CpuId{};
  features.global_pages = (one.edx >> 13 & 1) != 0;
  features.pcid = features.global_pages && (one.ecx >> 17 & 1) != 0;
  features.hypervisor = (one.ecx >> 31 & 1) != 0;
  features.fsgsbase = (seven.ebx & 1) != 0;
  features.smep = (seven.ebx >> 7 & 1) != 0;
  features.smap = (seven.ebx >> 20 & 1) != 0;
  features.umip = (seven.ecx >> 2 & 1) != 0;
  features.xsave = (one.ecx >> 26 & 1) != 0;
  features.xsave_size = 512;
  features.state_low = 3;
  if (features.xsave) {
    const CpuId state = cpuid(0xd);
    features.state_low = state.eax & kWantedState;
  }
  // FXSAVE form: control words at their reset values (Intel SDM Vol. 3A, table 9-1).
  initial_state[0] = 0x7f;
  initial_state[1] = 0x03;
  initial_state[24] = 0x80;
  initial_state[25] = 0x1f;
}

u64 random_seed() {
  u64 seed = read_tsc() * 0x9e3779b97f4a7c15ul;  // spreads the low bits, which are the unpredictable ones
  if ((cpuid(1).ecx >> 30 & 1) != 0) {           // RDRAND
    u64 more = 0;
    asm volatile("rdrand %0" : "=r"(more) : : "cc");
    seed ^= more;
  }
  return seed;
}

void patch_smap() {
  if (!features.smap) return;
  for (const SmapPatch* p = smap_start; p != smap_end; p++)
    memcpy(reinterpret_cast<void*>(p->address), &p->code, 3);
}

void enable_features() {
  u64 cr4 = read_cr4() | kCr4Osfxsr | kCr4Osxmmexcpt;
  if (features.global_pages) cr4 |= kCr4Pge;
  if (features.pcid) cr4 |= kCr4Pcide;  // the low bits of CR3 are 0 here, as it wants them
  if (features.umip) cr4 |= kCr4Umip;
  if (features.fsgsbase) cr4 |= kCr4Fsgsbase;
  if (features.smep) cr4 |= kCr4Smep;
  if (features.smap) cr4 |= kCr4Smap;
  if (features.xsave) cr4 |= kCr4Osxsave;
  write_cr4(cr4);
  write_cr0((read_cr0() | 0x10022) & ~0xcul);  // WP, NE, MP; no EM, no TS
  if (features.xsave) {
    asm volatile("xsetbv" : : "c"(0), "a"(features.state_low), "d"(features.state_high));
    features.xsave_size = cpuid(0xd).ebx;
  }
  fpu_reset();
}

void fpu_save(void* area) {
  if (features.xsave) {
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(features.state_low), "d"(features.state_high) : "memory");
  } else {
    asm volatile("fxsave64 (%0)" : : "r"(area) : "memory");
  }
}

}  // namespace arch
