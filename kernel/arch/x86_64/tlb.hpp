// SPDX-License-Identifier: MIT
// Translation caches. The core asks for nothing: it only reads CpuEntry::flushed; the system-call
// layer calls these where an operation waits for flushes. Kernel lock held.
#pragma once
#include "abi/types.hpp"

namespace arch {

// Flushes every user translation of this CPU (reloads CR3) and records the present hand-over clock
// in its CpuEntry::flushed. If the current root belongs to a dead environment, the kernel's own root
// is loaded instead: a root frame that was freed is reused once every CPU has flushed.
void tlb_flush_local();

// The same if freed frames wait for it. On every timer interrupt, so that the quarantine drains although
// one environment keeps the CPU.
void tlb_flush_if_awaited();

// Asks the other CPUs whose `flushed` is behind the clock to flush. Does not wait.
void tlb_request_flush();

}  // namespace arch
