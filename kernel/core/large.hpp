// SPDX-License-Identifier: MIT
// 2 MiB pages: 512 aligned data frames joined into one. The first becomes Large and is what entries of
// a Table2 name, what counts maps and pins, and what changes; the others become Part of it.
#pragma once
#include "kernel/core/frame.hpp"

namespace core {

// Joins [first, first + kLargeFrames). BadArgument: misaligned, beyond memory. Denied: a frame that is
// not env's or no Data. Busy: mapped or pinned. Again: a CPU may still translate to one.
// Capabilities from before do not cover the first frame any more.
Status frame_join(u16 env, u32 first);

// And back. Denied: no Large frame of env. Busy: mapped or pinned.
Status frame_split(u16 env, u32 first);

}  // namespace core
