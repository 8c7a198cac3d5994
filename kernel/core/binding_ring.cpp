// SPDX-License-Identifier: MIT
#include "kernel/core/binding_ring.hpp"

namespace core {

u64 ring_waiting(const RingControl* control, u64 produced) {
  return produced - __atomic_load_n(&control->consumed, __ATOMIC_ACQUIRE);
}

void ring_publish(u64* counter, u64 value) { __atomic_store_n(counter, value, __ATOMIC_RELEASE); }

}  // namespace core
