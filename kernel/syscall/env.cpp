// SPDX-License-Identifier: MIT
// Family env: creating, configuring, starting, ending and reaping environments.
#include "kernel/core/env.hpp"

#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/syscall/disk.hpp"
#include "kernel/syscall/flush.hpp"
#include "kernel/syscall/notices.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_env_create(Caller& caller, u32 parent, u32 target, UserIn<EnvQuota> quota) {
  EnvQuota copy;
  const Status status = quota.copy(&copy, 1);
  if (status != Status::Ok) return {status, 0};
  const auto env = core::env_create(caller.env, parent, target, copy);
  return {env.status(), env.value()};
}

SysResult sys_env_configure(Caller& caller, u32 env, UserIn<EnvConfig> config) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  EnvConfig copy;
  Status status = config.copy(&copy, 1);
  if (status != Status::Ok) return {status, 0};
  status = with_flush([&] { return core::env_configure(target.value(), copy); });
  if (status == Status::Ok) arch::env_configured(target.value(), copy);
  return {status, 0};
}

SysResult sys_env_start(Caller& caller, u32 env) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  const Status status = core::env_start(target.value());
  if (status == Status::Ok) arch::env_ready(target.value());
  return {status, 0};
}

static void destroy(u16 env) {
  core::env_end(env, EndReason::Destroyed, 0);
  arch::env_stopped(env);
}

SysResult sys_env_destroy(Caller& caller, u32 env) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  if (target.value() == caller.env) return {Status::Denied, 0};
  destroy(target.value());
  return {Status::Ok, 0};
}

SysResult sys_env_quota(Caller& caller, u32 env, u32 resource, u32 amount) {
  const auto target = core::env_target(caller.env, env, kControl);
  if (!target.ok()) return {target.status(), 0};
  return {core::env_quota(caller.env, target.value(), resource, amount), 0};
}

// What a dead environment created ends with it, the innermost first.
SysResult sys_env_reap(Caller& caller, u32 env) {
  const auto target = core::env_target_any(caller.env, env, kControl | kCreate);
  if (!target.ok()) return {target.status(), 0};
  if (!core::env_is_creator(caller.env, env)) return {Status::Denied, 0};
  if (envs[target.value()].state != EnvState::Dead) return {Status::Busy, 0};
  const u16 first = core::env_reap_first(target.value());
  if (envs[first].state != EnvState::Dead) destroy(first);
  disk_close_all(first);
  const Status status = core::env_reap_step(first);
  raise_notices();
  return {status == Status::Ok && first != target.value() ? Status::Again : status, 0};
}

}  // namespace kernel
