// SPDX-License-Identifier: MIT
// The kernel's books, for choosing frames that are not ours and for audit().
#pragma once
#include "abi/ledger.hpp"

namespace fuzzer {
using namespace abi;

void open_ledger();  // ends the environment if it cannot look
FrameEntry ledger_frame(u32 number);
CapEntry ledger_cap(u32 slot);  // of this environment
EnvEntry ledger_env(u32 number);

}  // namespace fuzzer
