// SPDX-License-Identifier: MIT
// How fast the time stamp counter runs (Intel SDM Vol. 3B, 18.17).
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Cycles of read_tsc() per second. Known before drivers::start.
u64 tsc_hz();

}  // namespace arch
