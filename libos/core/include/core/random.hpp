// SPDX-License-Identifier: MIT
// Numbers that differ from boot to boot and that nobody outside can guess, where the processor has
// RDRAND (Intel SDM Vol. 1, 7.3.17); else they are only mixed from the time-stamp counter.
#pragma once
#include "abi/types.hpp"

namespace core {

abi::u64 random64();

}  // namespace core
