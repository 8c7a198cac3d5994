// SPDX-License-Identifier: MIT
// From a system-call number to its handler. The table is generated from abi/syscalls.def.
#pragma once
#include "kernel/syscall/user.hpp"

namespace kernel {

// Runs system call `number` for `caller`, who is not Dead, with the kernel lock held. BadCall: there is none.
SysResult dispatch(Caller& caller, u64 number, const SysArgs& args);

}  // namespace kernel
