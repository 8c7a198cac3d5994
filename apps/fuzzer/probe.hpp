// SPDX-License-Identifier: MIT
// Touching memory that may not be there: a fault is an answer.
#pragma once
#include "abi/types.hpp"

namespace fuzzer {
using namespace abi;

// Takes the faults of this environment that vm does not make good.
void catch_faults();

// False: a page fault. Any other exception ends the environment.
bool probe_read(u64 address, u64& value);
bool probe_write(u64 address, u64 value);

}  // namespace fuzzer
