// SPDX-License-Identifier: MIT
#include "kernel/after_boot.hpp"

namespace kernel {

void after_boot() {}

}  // namespace kernel
