// SPDX-License-Identifier: MIT
// Counts everything again from scratch and compares: what must always hold between two operations
// of the core. For tests and fuzzers; takes time in proportion to all of memory.
#pragma once
#include "kernel/core/state.hpp"

namespace core {

// nullptr, or what does not hold (a constant text). Changes counters while it runs and puts them
// back, so nobody else may look at the tables meanwhile.
const char* check_invariants();

}  // namespace core
