// SPDX-License-Identifier: MIT
// Writing the notice page of an environment (abi/notice.hpp). It is user memory: the kernel's own counters
// decide, and of what the environment wrote only the list of unwired frames is read, entry by entry.
// An environment without such a page, or a dead one, is told nothing. Each notice leaves a mark for
// the system-call layer, which raises the upcalls.
#pragma once
#include "abi/notice.hpp"
#include "kernel/core/state.hpp"

namespace core {

void notice_demand(u16 env, const Demand& demand);
void notice_warning(u16 env, const Warning& warning);
// `serial` is filled in here.
void notice_taken(u16 env, Repossessed record);

// Entry `i` of the environment's list of unwired frames; kNone behind its end.
u32 notice_unwired(u16 env, u32 i);

// Whether anybody may have been told something since the last call.
bool notice_any();
// Whether `env` has been told something since the last call.
bool notice_pending(u16 env);

}  // namespace core
