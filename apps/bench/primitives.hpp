// SPDX-License-Identifier: MIT
// The groups of primitives. Each measures its rows and answers Ok, or what went wrong.
#pragma once
#include "base/result.hpp"

namespace bench {

using base::Status;

Status measure_null();
Status measure_switch();
Status measure_call();
Status measure_fault();
Status measure_map();
Status measure_frames();
Status measure_derive();
Status measure_revoke();
Status measure_disk();
Status measure_send();
Status measure_receive();
Status measure_filters();

// What a copy of the program runs instead (apps/common/program_copy.hpp): it answers calls.
inline constexpr char kCalleeArgs[] = "callee";
void run_callee();

}  // namespace bench
