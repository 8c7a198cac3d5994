// SPDX-License-Identifier: MIT
// The kernel lock. Aegis runs with interrupts off and every path is short and bounded, so one lock
// guards all kernel state (docs/decisions.md, "One kernel lock"). No CPU ever waits for another
// one while it holds the lock.
// The lock word is the ledger's version: odd while somebody holds it. So a reader of the ledger sees
// whether a change was under way, and being consistent costs the kernel nothing more.
#pragma once
#include "kernel/arch/x86_64/processor.hpp"
#include "kernel/core/tables.hpp"

namespace arch {

class KernelLock {
 public:
  void acquire() {
    // Test, then test-and-set: a ticket lock would hand over to a virtual CPU that is not running.
    for (;;) {
      u64 seen = __atomic_load_n(&ledger_header.version, __ATOMIC_RELAXED);
      if ((seen & 1) == 0 && __atomic_compare_exchange_n(&ledger_header.version, &seen, seen + 1, false,
                                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
      pause();
    }
  }
  // One instruction and no lock prefix: only the holder changes an odd version, and stores become
  // visible in program order (Intel SDM vol. 3A, 8.2.2).
  void release() { asm volatile("addq $1, %0" : "+m"(ledger_header.version) : : "memory", "cc"); }
};

extern KernelLock kernel_lock;

}  // namespace arch
