// SPDX-License-Identifier: MIT
// Upcalls for what the core has written into notice pages.
#pragma once
#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/core/notice.hpp"

namespace kernel {

// Raises one for each environment that has been told something since the last call.
inline void raise_notices() {
  if (!core::notice_any()) return;
  for (abi::u16 env = 0; env < abi::kMaxEnvs; env++)
    if (core::notice_pending(env)) arch::env_notice(env);
}

}  // namespace kernel
