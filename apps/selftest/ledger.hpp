// SPDX-License-Identifier: MIT
// What the tests look up in the ledger.
#pragma once
#include "ledger/view.hpp"

namespace selftest {

// The ledger, mapped once; not valid if this environment was not given it.
const ledger::View& ledger_view();

// Entry of an environment; nullptr if this one was not given the ledger.
const volatile abi::EnvEntry* ledger_env(abi::u32 number);

// Entry of a CPU.
const volatile abi::CpuEntry* ledger_cpu(abi::u32 number);

}  // namespace selftest
