// SPDX-License-Identifier: MIT
// Counts of tests. Every runner of ours prints one line per test that starts with "PASS ", "FAIL "
// or "SKIP "; GoogleTest writes a report in JSON.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace exo {

struct Tally {
  unsigned passed = 0;
  unsigned failed = 0;
  unsigned skipped = 0;
  std::vector<std::string> failures;  // one line each

  void fail(std::string line);
  void add(const Tally& other);
  unsigned ran() const { return passed + failed; }

  // Counts a line if it is one of the three kinds. True if it was.
  bool take_line(std::string_view line);
};

// The counts of a GoogleTest report. `program` stands in front of each failure.
// A report that is none counts as nothing at all.
Tally read_gtest_report(std::string_view json, const std::string& program);

// "12 passed, 0 failed" or "12 passed, 0 failed, 3 skipped".
std::string counts_text(const Tally& tally);

}  // namespace exo
