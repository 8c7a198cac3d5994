// SPDX-License-Identifier: MIT
// What the tests look up in the ledger.
#pragma once
#include "abi/ledger.hpp"

namespace selftest {

// Entry of an environment; nullptr if this one was not given the ledger.
const volatile abi::EnvEntry* ledger_env(abi::u32 number);

}  // namespace selftest
