// SPDX-License-Identifier: MIT
// Memory for machine code that the kernel makes: pages of the image that no mapping ever makes writable
// and executable at once. They are executable and read-only; while code is being written to a page, the
// page is not executable and a window elsewhere maps it writable. Lock: the kernel lock.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

inline constexpr u32 kCodeArenaBytes = 128u << 10;

// Writes code that nobody runs now. `offset + length` is at most kCodeArenaBytes.
void code_write(u32 offset, const u8* bytes, u32 length);

// Where to call what was written at `offset`, on this CPU: forgets first what this CPU may still know
// of the pages from before.
const void* code_address(u32 offset);

}  // namespace arch
