// SPDX-License-Identifier: MIT
// Maps the ledger that root granted to this environment.
#pragma once
#include "base/result.hpp"
#include "core/start.hpp"
#include "ledger/view.hpp"

namespace ledger {

// Maps the ledger (and the frame table where it was given). BadCap: this environment has no right to
// look. BadArgument: its format is another one than this program knows. Errors of vm::map_window.
base::Result<View> open(const core::StartInfo& start);

}  // namespace ledger
