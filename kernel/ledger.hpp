// SPDX-License-Identifier: MIT
// The ledger's header: where the tables lie.
#pragma once
#include "abi/types.hpp"

extern "C" abi::u8 ledger_start[], ledger_end[], time_page_start[];

namespace kernel {

void ledger_describe(abi::u64 archive_bytes);

}  // namespace kernel
