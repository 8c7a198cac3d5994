// SPDX-License-Identifier: MIT
// Waiting for a device, never for ever.
#pragma once
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/drivers/registers.hpp"

namespace drivers {
using namespace abi;

// Spins until `condition()` holds or `milliseconds` have gone by. Says whether it holds.
template <class Condition>
bool wait_until(u64 milliseconds, Condition condition) {
  const u64 end = arch::read_tsc() + arch::cycles_of_microseconds(milliseconds * 1000);
  while (!condition()) {
    if (arch::read_tsc() > end) return condition();
    arch::pause();
    compiler_barrier();
  }
  return true;
}

}  // namespace drivers
