// SPDX-License-Identifier: MIT
// Family page: page_update. (page_flush is about CPUs: exit.cpp.)
#include "kernel/core/page.hpp"

#include "kernel/arch/x86_64/tlb.hpp"
#include "kernel/core/env.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_page_update(Caller& caller, u32 env, UserIn<PageUpdate> list, u32 count) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  if (count == 0 || count > kMaxPageBatch) return {Status::BadArgument, 0};
  PageUpdate copy[kMaxPageBatch];
  Status status = list.copy(copy, count);
  if (status != Status::Ok) return {status, 0};
  // Most batches are one run.
  const u32 run = core::page_set_run(target.value(), copy, 0, count);
  if (run == count) return {Status::Ok, count};
  core::PageBatch batch;
  status = core::page_update_all(target.value(), copy + run, count - run, batch);
  if (batch.changed != 0) {
    env_private[target.value()].cleared_clock = core::clock_advance();
    if (target.value() == caller.env) arch::tlb_flush_local();
  }
  return {status, run + batch.done};
}

}  // namespace kernel
