// SPDX-License-Identifier: MIT
#include "kernel/syscall/dispatch.hpp"

#include "abi/ledger.hpp"
#include "abi/syscall_numbers.hpp"
#include "kernel/core/tables.hpp"

namespace kernel {

#include "abi/syscall_dispatch.inc"

SysResult dispatch(Caller& caller, u64 number, const SysArgs& args) {
  // Ended by another CPU between its SYSCALL instruction and the kernel lock.
  if (envs[caller.env].state == EnvState::Dead) return {Status::Gone, 0};
  if (number >= kCallCount || kHandlers[number] == nullptr) return {Status::BadCall, 0};
  return kHandlers[number](caller, args);
}

}  // namespace kernel
