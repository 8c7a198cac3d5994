// SPDX-License-Identifier: MIT
// The system calls. Most are inline functions in abi::sys, generated from abi/syscalls.def; here
// are those that give up the CPU or use more registers than a plain call.
#pragma once
#include "abi/syscall_stubs.hpp"
#include "core/upcall.hpp"

namespace core {

namespace sys = abi::sys;
using sys::SysResult;

// How a yield or a sleep ended.
struct Begun {
  Status status;       // not Ok: the call was refused, the CPU was not given up
  BeginReason reason;  // Start: sleep returned at once, its word differed already
};

// Gives up the CPU, to the environment in slot `env` or to nobody in particular (kNone).
Begun yield(u32 env = kNone);

// Until *word differs from `expected`, the TSC reaches `deadline`, or somebody notifies this
// environment. `word` may be nullptr: only the deadline and notifications count then.
Begun sleep(const volatile u64* word, u64 expected, u64 deadline);

// Calls the environment in slot `env` and waits for its reply; `reply` is written only on Ok.
Status call(u32 env, const Words& arguments, Words& reply);

// Ends this environment.
[[noreturn]] void exit(u64 code);

}  // namespace core
