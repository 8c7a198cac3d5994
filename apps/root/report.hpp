// SPDX-License-Identifier: MIT
// What root says on the console: one line per environment with what it got, and one when it ends.
#pragma once
#include "apps/root/slices.hpp"

namespace root {

void report_machine(const Machine& machine);
void report_start(const Child& child, const SliceShare& share, u32 cpu_count);
// `entry` is the ledger's, of an environment that is dead.
void report_end(const Child& child, const EnvEntry& entry);

}  // namespace root
