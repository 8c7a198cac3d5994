// SPDX-License-Identifier: MIT
// The root environment: the one program that the kernel loads itself, from the boot archive. It
// gets a capability for everything.
#pragma once
#include "base/archive.hpp"

namespace kernel {

// Loads it, gives it its capabilities (abi/cap.hpp) and makes it Ready. `archive_frame` is the first
// frame of the archive. Stops the machine when the program cannot be loaded.
void root_start(const base::Archive& archive, abi::u32 archive_frame);

}  // namespace kernel
