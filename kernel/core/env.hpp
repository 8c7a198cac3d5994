// SPDX-License-Identifier: MIT
// Environments: life, quota, and taking back everything a dead one held. What it needs to run
// (registers, upcall entries) belongs to kernel/arch; here are its books.
#pragma once
#include "base/result.hpp"
#include "kernel/core/cap.hpp"
#include "kernel/core/state.hpp"

namespace core {

using base::Result;

inline constexpr u32 kReapBatch = 64;  // frames that one reaping step frees

// The environment behind an Env capability of `caller` with `rights`, dead or alive. BadCap, Denied;
// BadArgument: the slot has more than 32 bits.
// For calls between environments, which are counted by the instruction; others use env_target_any.
inline Result<u16> env_peer(u16 caller, u64 slot, u8 rights) {
  if (slot >= kCapsPerEnv) return slot > kNone ? Status::BadArgument : Status::BadCap;
  const CapEntry& c = caps[cap_index(caller, static_cast<u32>(slot))];
  if (c.type != CapType::Env || c.dying != 0) return Status::BadCap;
  if ((rights & ~c.rights) != 0) return Status::Denied;
  return c.object;
}

// The environment behind an Env capability of `caller` with `rights`. BadCap, Denied, Gone: it is Dead.
inline Result<u16> env_target(u16 caller, u32 slot, u8 rights) {
  const u16 env = TRY(env_peer(caller, slot, rights));
  if (envs[env].state == EnvState::Dead) return Status::Gone;
  return env;
}

// The same, dead or alive; and whether it is the creator's own capability.
Result<u16> env_target_any(u16 caller, u32 slot, u8 rights);
bool env_is_creator(u16 caller, u32 slot);

// A new Embryo with `quota` out of the parent's unused quota; its creator gets the root of
// all capabilities to it in `target`. BadCap, Denied, Occupied, Quota, NoSpace, BadArgument (quota).
Result<u16> env_create(u16 creator, u32 parent_slot, u32 target, const EnvQuota& quota);

// The books of a new Embryo; the caller has checked everything.
void env_embryo(u16 env, u16 parent, const EnvQuota& quota);

// Checks and books an address space: pins the upcall frame, makes the save frame the kernel's,
// keeps the root table. Errors as in abi/syscalls.def; Again: the save frame may still be in a TLB.
Status env_configure(u16 env, const EnvConfig& config);

// Moves unused quota of a Resource. BadArgument: no such resource. Quota.
Status env_quota(u16 from, u16 to, u32 resource, u32 count);

Status env_start(u16 env);  // Busy: no configured Embryo

// State Dead; nothing else.
void env_end(u16 env, EndReason reason, u64 code);

// Whom to reap first so that `env` can be reaped: env, or the innermost of its descendants.
u16 env_reap_first(u16 env);

// One bounded step of taking back what a Dead environment held. Ok: it is Unused, its quota is its
// creator's again and the creator's capability is gone. Again: call again. Busy: not Dead, on a CPU,
// has children, or a device still uses its queues or frames.
Status env_reap_step(u16 env);

}  // namespace core
