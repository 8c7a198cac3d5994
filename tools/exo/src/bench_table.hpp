// SPDX-License-Identifier: MIT
// The table of `exo bench`: what each row means, what is to be reached, and whether it was. Pure.
#pragma once
#include <string>

#include "bench_results.hpp"

namespace exo {

// A Markdown table of all rows, each with its target if it has one: "reached", or "MISSED" and by how much.
std::string bench_table(const std::vector<BenchRow>& rows);

// A line for every target whose row is not there.
std::string bench_gaps(const std::vector<BenchRow>& rows);

}  // namespace exo
