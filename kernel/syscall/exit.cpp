// SPDX-License-Identifier: MIT
// env_exit, and page_flush of family page: the calls that are about the CPU they run on.
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_env_exit(Caller&, u64 code) {
  arch::end_current(EndReason::Exit, code);
  arch::this_cpu().switched = true;
  return {Status::Ok, 0};
}

SysResult sys_page_flush(Caller& caller, u32 env) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  // Every translation cleared so far carries a clock value up to now: ask until all are past it.
  arch::tlb_flush_local();
  if (core::flushed_everywhere() >= ledger_header.clock) return {Status::Ok, 0};
  arch::tlb_request_flush();
  return {Status::Again, 0};
}

}  // namespace kernel
