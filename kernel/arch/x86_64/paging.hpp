// SPDX-License-Identifier: MIT
// The kernel's own page tables, built once at boot, and the memory that the kernel takes for itself.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Builds the kernel half: image by sections, direct map, frame table; switches to it.
void paging_start();
// The rest of memory goes to the core's free list; take_kernel_frames is over.
void memory_seal();
// Maps the stacks and data page of a CPU's block.
void map_cpu_block(u32 cpu);

// The level-1 entry of an address that paging_start has mapped small.
u64* kernel_page_entry(u64 address);

extern "C" u64 kernel_cr3;  // table with nothing in the user half, for idle CPUs

}  // namespace arch
