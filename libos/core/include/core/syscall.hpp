// SPDX-License-Identifier: MIT
// The system calls. Most are inline functions in abi::sys, generated from abi/syscalls.def; here
// are those that give up the CPU or use more registers than a plain call.
#pragma once
#include "abi/syscall_numbers.hpp"
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

// Until the predicate holds (core/wake.hpp builds some), the TSC reaches `deadline`, or somebody notifies
// this environment.
Begun sleep_until(const WakePredicate& predicate, u64 deadline);

// Calls the environment in slot `env` and waits for its reply; `reply` is written only on Ok. TimedOut:
// the TSC reached `deadline`, and what it replies later goes to nobody.
inline Status call(u32 env, const Words& arguments, Words& reply, u64 deadline = kForever) {
  u64 rax = static_cast<u64>(Call::env_call), rdi = env, rsi = arguments.word[0];
  u64 rdx = arguments.word[1];
  register u64 r10 asm("r10") = arguments.word[2];
  register u64 r8 asm("r8") = arguments.word[3];
  register u64 r9 asm("r9") = deadline;
  // Only rsp and rip survive. rbp cannot be named as clobbered; below rsp may be the red zone.
  asm volatile("leaq -128(%%rsp), %%rsp\n pushq %%rbp\n syscall\n popq %%rbp\n leaq 128(%%rsp), %%rsp"
               : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
               :
               : "rbx", "rcx", "r11", "r12", "r13", "r14", "r15", "cc", "memory");
  const auto status = static_cast<Status>(rax);
  if (status == Status::Ok) reply = {{rdi, rsi, rdx, r10}};
  return status;
}

// The same with a child of the capability in `capability` (kNone: none), which lands where the callee
// accepts one. `brought` is set to whether the reply brought one into our own accept_slot.
Status call_with(u32 env, const CallMessage& message, Words& reply, bool& brought);

// Calls it and goes on without a reply when it is our turn again.
Status send(u32 env, const Words& arguments);

// Ends this environment.
[[noreturn]] void exit(u64 code);

}  // namespace core
