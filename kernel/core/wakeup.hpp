// SPDX-License-Identifier: MIT
// Wakeup predicates: checked once, when an environment goes to sleep, and evaluated whenever the
// scheduler looks at the sleeper: kMaxWakeWords walks through its page tables and kMaxWakeInsns
// instructions at most.
#pragma once
#include "abi/status.hpp"
#include "abi/wake.hpp"
#include "kernel/core/tables.hpp"

namespace core {

// BadArgument: a count out of range, a misaligned word, an address behind the last. BadAddress: a word
// that is not mapped under `root`. BadProgram.
Status wakeup_check(u32 root, const WakePredicate& predicate);

// For a predicate that was checked: whether it holds now. A word that is not mapped any more wakes too,
// so that its owner finds out.
bool wakeup_due(u32 root, const WakePredicate& predicate);

}  // namespace core
