// SPDX-License-Identifier: MIT
#include "kernel/syscall/dispatch.hpp"

#include "abi/ledger.hpp"
#include "abi/syscall_numbers.hpp"

namespace kernel {

static SysResult no_such_call(Caller&, const SysArgs&) { return {Status::BadCall, 0}; }

#include "abi/syscall_dispatch.inc"

SysResult dispatch(Caller& caller, u64 number, const SysArgs& args) {
  if (number >= kCallCount) return {Status::BadCall, 0};
  return kHandlers[number](caller, args);
}

}  // namespace kernel
