// SPDX-License-Identifier: MIT
// env_exit, and page_flush of family page: the calls that are about the CPU they run on.
#include "kernel/arch/x86_64/scheduler.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/syscall/flush.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_env_exit(Caller&, u64 code) {
  arch::end_current(EndReason::Exit, code);
  return {Status::Ok, 0};
}

SysResult sys_page_flush(Caller& caller, u32 env) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  const u64 cleared = env_private[target.value()].cleared_clock;
  return {with_flush([&] { return core::flushed_everywhere() >= cleared ? Status::Ok : Status::Again; }), 0};
}

}  // namespace kernel
