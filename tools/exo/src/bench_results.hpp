// SPDX-License-Identifier: MIT
// What a bench printed, put together from its two runs: instructions from the counting plugin's log,
// nanoseconds from the guest's own lines. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

// The middle of the samples, and the values that a quarter of them lies below and above; per operation.
struct Spread {
  double middle = 0;
  double low = 0;
  double high = 0;
};

struct BenchRow {
  std::string name;
  bool kernel_only = false;  // what the user did meanwhile was waiting
  Spread user, kernel, all;  // instructions; user is 0 and all is kernel where kernel_only
  Spread nanoseconds;
};

struct BenchOutcome {
  std::vector<BenchRow> rows;
  std::vector<std::string> failures;  // primitives that failed, and why
};

// Console and log of the run under the plugin, console of the run without it. Throws Error if they do not fit
// together, or if a run did not come to its end.
BenchOutcome read_bench(std::string_view counted_console, std::string_view counts,
                        std::string_view timed_console);

}  // namespace exo
