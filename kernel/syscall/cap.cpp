// SPDX-License-Identifier: MIT
// Family cap: derive, grant, drop, revoke.
#include "kernel/core/cap.hpp"

#include "kernel/core/env.hpp"
#include "kernel/syscall/flush.hpp"
#include "kernel/syscall/notices.hpp"
#include "kernel/syscall/user.hpp"

namespace kernel {

SysResult sys_cap_derive(Caller& caller, u32 source, u32 target, u32 rights, u64 start, u64 count) {
  return {core::cap_derive(caller.env, source, target, rights, start, count), 0};
}

SysResult sys_cap_grant(Caller& caller, u32 source, u32 env, u32 target, u32 rights) {
  const auto to = core::env_target(caller.env, env, kAccept);
  if (!to.ok()) return {to.status(), 0};
  return {core::cap_grant(caller.env, source, to.value(), target, rights), 0};
}

SysResult sys_cap_drop(Caller& caller, u32 slot) { return {core::cap_drop(caller.env, slot), 0}; }

SysResult sys_cap_revoke(Caller& caller, u32 slot) {
  Status status = core::cap_revoke(caller.env, slot);
  // Flushes help once nothing is left to remove.
  if (status == Status::Again && !core::cap_has_children(core::cap_index(caller.env, slot)))
    status = with_flush([&] { return core::cap_revoke(caller.env, slot); });
  raise_notices();
  return {status, 0};
}

SysResult sys_cap_warn(Caller& caller, u32 slot, u64 deadline, u32 after) {
  const auto last = core::cap_warn(caller.env, slot, deadline, after);
  raise_notices();
  return {last.status(), last.value()};
}

}  // namespace kernel
