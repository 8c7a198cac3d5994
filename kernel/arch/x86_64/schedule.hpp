// SPDX-License-Identifier: MIT
// What the system-call layer tells the scheduler. Kernel lock held.
#pragma once
#include "abi/env.hpp"
#include "abi/types.hpp"

namespace arch {
using namespace abi;

// env_configure succeeded: remember entry points, stacks and addresses. (The frames are booked in
// core: env_private[env].upcall_frame and save_frame.)
void env_configured(u16 env, const EnvConfig& config);

// env_start succeeded: state is Ready, it begins at entry_begin with BeginReason::Start.
void env_ready(u16 env);

// The kernel or a device wrote to memory of `env`: if it sleeps it is woken, unless it sleeps on a
// predicate that does not hold.
void env_memory_changed(u16 env);
// Somebody notified it: if it sleeps it is woken, else its next sleep returns at once.
void env_notified(u16 env);

// The kernel has something to tell `env` (any state; nothing happens before env_configure and to the
// dead): entry_notice is entered when it next runs, at once if it runs now; a sleeper is woken.
void env_notice(u16 env);

// `env` got positions or idle time, or lost some: CPUs where it has any look again.
void env_slices_changed(u16 env);

// The same where it is likely that `env` sleeps on something else: it is woken only if its word changed.
void env_memory_written(u16 env);

// `env` was destroyed (its state is Dead already): callers that wait for it get Gone, and if it runs
// on another CPU, that CPU is interrupted. env_reap answers Again while some cpus[].current names it.
void env_stopped(u16 env);

// The processor's time-stamp counter.
u64 now_tsc();

}  // namespace arch
