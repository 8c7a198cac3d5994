// SPDX-License-Identifier: MIT
// The handshake with an environment through the control page of its ring: shared memory, so it has
// functions of its own that the proofs take as they are.
#pragma once
#include "kernel/core/tables.hpp"

namespace core {

// Packets that the environment has not consumed of `produced`: any number if it wrote nonsense.
u64 ring_waiting(const RingControl* control, u64 produced);
// Makes a counter visible, and before it everything that was written before.
void ring_publish(u64* counter, u64 value);

}  // namespace core
