// SPDX-License-Identifier: MIT
// Called on CPU 0 when everything is up and just before the root environment is made. The kernel
// has nothing to do there; the test kernel runs its tests (tests/guest/kernel).
#pragma once

namespace kernel {

void after_boot();

}  // namespace kernel
