// SPDX-License-Identifier: MIT
// Memory before there is a free list: frames are taken one after the other from the largest range
// above the kernel image and the boot archive.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Chooses the range, sizes the frame table and takes room for it. `archive_end` is physical.
void early_memory_start(u64 archive_end, u32 frames_used);
u32 early_frame_table();  // first frame of the frame table

}  // namespace arch
