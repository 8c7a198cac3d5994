// SPDX-License-Identifier: MIT
// An environment with a copy of the calling program, its memory as it is now: the other end of a
// call, or a helper. It has no slices and no capabilities but those that `grant` gives it.
#pragma once
#include "base/result.hpp"
#include "core/start.hpp"

namespace apps {
using namespace abi;
using base::Result;
using base::Status;

struct CopyPlan {
  u32 slot;          // an empty one, for the Env capability to the copy
  EnvQuota quota;    // small_quota(frames) is enough for a helper without devices
  const char* args;  // StartInfo::args and name of the copy; at most 15 characters
  // Grants capabilities to the environment in `slot` and names them in its start page; may be nullptr.
  Status (*grant)(u32 slot, core::StartInfo& info) = nullptr;
};

// Makes and starts it; it begins in app_main. Its number. Needs vm and StartInfo::create. After an
// error the environment may be there, not started: destroy and reap it.
Result<u32> make_copy(const CopyPlan& plan);

}  // namespace apps
