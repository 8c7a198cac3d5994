// SPDX-License-Identifier: MIT
// Starting the other CPUs.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// Numbers the CPUs (this one is 0) in cpus[].
void number_cpus();
// Starts each in turn and waits until it is there; one that does not answer is left out and logged.
void start_other_cpus();

}  // namespace arch
