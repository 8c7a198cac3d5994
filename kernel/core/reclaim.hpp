// SPDX-License-Identifier: MIT
// Taking back what an environment has on loan: a demand with a deadline, and after the deadline force.
// Nothing here waits for the environment; each call does one bounded step. While a demand stands, the
// environment cannot get more of that resource than it may keep.
#pragma once
#include "base/result.hpp"
#include "kernel/core/state.hpp"

namespace core {

inline constexpr u32 kTakeBatch = 64;  // frames that one step chooses, looks at or frees

// Demands `amount` of env's quota by `deadline` (TSC). amount 0: withdraws the demand.
// BadArgument: no such resource, or Wired. Quota: it would keep less than its wired frames, or has not
// that much. Busy: another demand stands.
Status env_reclaim(u16 env, u32 resource, u32 amount, u64 deadline);

// One step towards having it. Ok: the quota is `caller`'s. Again: the deadline has not come, or more is
// to do. BadArgument: there is no demand. Busy: what is left are page tables, or devices have it; for
// resources other than frames, revoke the capabilities that they stand on.
Status env_repossess(u16 caller, u16 env, u64 now);

// `frame` is about to leave its owner's list: the cursor goes on.
void reclaim_forget(u16 env, u32 frame);

}  // namespace core
