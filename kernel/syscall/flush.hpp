// SPDX-License-Identifier: MIT
// Operations of the core that must wait until no CPU translates to a frame any more.
#pragma once
#include "abi/status.hpp"
#include "kernel/arch/x86_64/tlb.hpp"

namespace kernel {

using namespace abi;

// Runs `operation` (which answers a Status and changes nothing unless that is Ok). If it answers
// `waiting`, this CPU flushes and it runs again; if that did not do, the others are asked to flush
// and the caller has to come back.
template <class Operation>
Status with_flush(Operation operation, Status waiting = Status::Again) {
  Status status = operation();
  if (status != waiting) return status;
  arch::tlb_flush_local();
  status = operation();
  if (status == waiting) arch::tlb_request_flush();
  return status;
}

}  // namespace kernel
