// SPDX-License-Identifier: MIT
// What this processor can do, found once at boot, and switching it on.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

struct Features {
  bool smep, smap, umip, fsgsbase, xsave, global_pages, pcid;
  bool hypervisor;
  u32 xsave_size;             // bytes of a save area with every state component that we switch on
  u32 state_low, state_high;  // those components, as XSAVE takes them
};
extern Features features;

void find_features();    // boot CPU, once
u64 random_seed();       // as unpredictable as this processor can make it
void patch_smap();       // boot CPU, while kernel text is still writable
void enable_features();  // every CPU: CR0, CR4, XCR0

// `area`: 64-byte aligned, at least features.xsave_size bytes, zero before its first use.
void fpu_save(void* area);
inline void fpu_restore(const void* area) {
  if (features.xsave) [[likely]] {
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(features.state_low), "d"(features.state_high) : "memory");
  } else {
    asm volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
  }
}
// The FPU, SSE and AVX registers to their initial values, so that nothing leaks to the next env.
extern u8 initial_state[];
inline void fpu_reset() { fpu_restore(initial_state); }

}  // namespace arch
