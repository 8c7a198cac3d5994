// SPDX-License-Identifier: MIT
// The books of what each environment has of each resource. Whoever makes such a thing checks with
// quota_check while it still may refuse, and books with quota_take; whoever ends it returns it.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

// While something is demanded back (reclaim.hpp), there is no more than what may be kept.
inline u32 quota_left(u16 env, Resource resource) {
  const EnvEntry& e = envs[env];
  const u32 i = static_cast<u32>(resource);
  const bool demanded = e.demand_amount != 0 && e.demand_resource == i && e.demand_keep < e.quota[i];
  const u32 limit = demanded ? e.demand_keep : e.quota[i];
  return e.used[i] < limit ? limit - e.used[i] : 0;
}

// Quota: `env` has not `count` of it left. Changes nothing.
inline Status quota_check(u16 env, Resource resource, u32 count) {
  return count <= quota_left(env, resource) ? Status::Ok : Status::Quota;
}

// Books what quota_check allowed. Nobody (kNoEnv, kKernelEnv) pays nothing.
inline void quota_book(u16 env, Resource resource, u32 count) {
  if (env < kMaxEnvs) envs[env].used[static_cast<u32>(resource)] += count;
}
inline void quota_return(u16 env, Resource resource, u32 count) {
  if (env < kMaxEnvs) envs[env].used[static_cast<u32>(resource)] -= count;
}

// Quota itself leaves `env`, which had that much left. Of what it may keep under a demand, too.
inline void quota_give_up(u16 env, u32 resource, u32 count) {
  EnvEntry& e = envs[env];
  e.quota[resource] -= count;
  if (e.demand_amount != 0 && e.demand_resource == resource) e.demand_keep -= count;
}

// Both at once, as the last check of a caller.
inline Status quota_take(u16 env, Resource resource, u32 count) {
  const Status status = quota_check(env, resource, count);
  if (status == Status::Ok) quota_book(env, resource, count);
  return status;
}

}  // namespace core
