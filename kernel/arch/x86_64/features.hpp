// SPDX-License-Identifier: MIT
// What this processor can do, found once at boot, and switching it on.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

struct Features {
  bool smep, smap, umip, fsgsbase, xsave, global_pages;
  bool hypervisor;
  u32 xsave_size;  // bytes of a save area with every state component that we switch on
};
extern Features features;

void find_features();    // boot CPU, once
u64 random_seed();       // as unpredictable as this processor can make it
void patch_smap();       // boot CPU, while kernel text is still writable
void enable_features();  // every CPU: CR0, CR4, XCR0

// The FPU, SSE and AVX registers to their initial values, so that nothing leaks to the next env.
void fpu_reset();
// `area`: 64-byte aligned, at least features.xsave_size bytes, zero before its first use.
void fpu_save(void* area);
void fpu_restore(const void* area);

}  // namespace arch
