// SPDX-License-Identifier: MIT
// The kernel lock. Aegis runs with interrupts off and every path is short and bounded, so one lock
// guards all kernel state (docs/decisions.md, "One kernel lock"). No CPU ever waits for another
// one while it holds the lock.
#pragma once
#include "kernel/arch/x86_64/processor.hpp"

namespace arch {

class KernelLock {
 public:
  void acquire() {
    // Test, then test-and-set: a ticket lock would hand over to a virtual CPU that is not running.
    while (__atomic_exchange_n(&held_, 1u, __ATOMIC_ACQUIRE) != 0)
      while (__atomic_load_n(&held_, __ATOMIC_RELAXED) != 0) pause();
  }
  void release() { __atomic_store_n(&held_, 0u, __ATOMIC_RELEASE); }

 private:
  u32 held_ = 0;
};

extern KernelLock kernel_lock;

}  // namespace arch
