// SPDX-License-Identifier: MIT
// What the rows of `exo bench primitives` mean, and what they are to reach.
#pragma once
#include <span>
#include <string_view>

namespace exo {

struct BenchTarget {
  std::string_view row;  // name of the row, or its beginning where it ends with '-'
  std::string_view meaning;
  double most;                // instructions for one; 0: no target
  std::string_view relative;  // if not empty: `most` times what that row needs
};

// The first whose `row` fits a name counts.
std::span<const BenchTarget> bench_targets();

}  // namespace exo
