// SPDX-License-Identifier: MIT
// What the kernel does once to fill the tables before the first environment runs. No caller checks:
// a wrong call here is a kernel bug.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

// First of all; the tables are all zero. `frame_count` entries of frames[] exist (and are zero).
void boot_init(u32 frame_count);

// [first, first + count) is memory that environments may own.
void frame_boot_add(u32 first, u32 count);
// [first, first + count), free or never added, becomes the kernel's: `type` Kernel or Shared.
// Contents stay.
void frame_boot_take(u32 first, u32 count, FrameType type);
// First of `count` free frames in a row, from the top of memory; kNone if there are none.
u32 frame_boot_find(u32 count);

// The root environment: number 0, state Embryo, slot 0 with all rights, every frame in its quota.
void env_boot_root();

// A root capability in the root environment's table.
void cap_boot(u32 slot, CapType type, u16 object, u64 start, u64 count, u8 rights);

// The filter that passes everything from or to a card, for cap_boot of Receive and Send.
u16 filter_boot(u16 device);

}  // namespace core
