// SPDX-License-Identifier: MIT
// Ending an environment because something is wrong in it. The codes appear in the ledger.
#pragma once
#include "core/syscall.hpp"

namespace core {

inline constexpr u64 kExitPanic = 101;  // panic()
inline constexpr u64 kExitFault = 102;  // a fault that nobody handles; the console has the details
inline constexpr u64 kExitStart = 103;  // the start page is not one of this version

// Prints one line and ends the environment.
[[noreturn]] void panic(const char* what);
[[noreturn]] void panic(const char* what, Status status);

}  // namespace core
