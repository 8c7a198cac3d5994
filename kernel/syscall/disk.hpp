// SPDX-License-Identifier: MIT
// What reaping needs from the disk family.
#pragma once
#include "abi/types.hpp"

namespace kernel {

// Takes completions for the queues of an environment, and closes those with nothing in flight and an
// unmapped ring.
void disk_close_all(abi::u16 env);

}  // namespace kernel
