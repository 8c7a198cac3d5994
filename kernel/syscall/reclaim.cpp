// SPDX-License-Identifier: MIT
// Family env: taking back what an environment has on loan.
#include "kernel/core/reclaim.hpp"

#include "kernel/core/env.hpp"
#include "kernel/syscall/notices.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

// Not the caller itself: it could block others' demands by one of its own.
static base::Result<u16> debtor(const Caller& caller, u32 slot) {
  const u16 env = TRY(core::env_target(caller.env, slot, kControl));
  if (env == caller.env) return Status::Denied;
  return env;
}

SysResult sys_env_reclaim(Caller& caller, u32 env, u32 resource, u32 amount, u64 deadline) {
  const auto target = debtor(caller, env);
  if (!target.ok()) return {target.status(), 0};
  const Status status = core::env_reclaim(target.value(), resource, amount, deadline);
  raise_notices();
  return {status, 0};
}

SysResult sys_env_repossess(Caller& caller, u32 env) {
  const auto target = debtor(caller, env);
  if (!target.ok()) return {target.status(), 0};
  const Status status = core::env_repossess(caller.env, target.value(), arch::now_tsc());
  raise_notices();
  return {status, 0};
}

}  // namespace kernel
