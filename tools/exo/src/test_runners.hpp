// SPDX-License-Identifier: MIT
// Runs the tests of the tree, one section after the other, and shows what happens as it does.
#pragma once
#include <string>

#include "files.hpp"
#include "tally.hpp"

namespace exo {

// tests/system/run or tools/checks/run: a program that prints PASS, FAIL and SKIP lines. With a
// filter it gets `--filter TEXT`. One that fails without a FAIL line, or runs nothing at all though
// nothing was filtered, counts as a failure.
Tally run_line_tests(const std::string& section, const Path& program, const std::string& filter);

// Every GoogleTest program of a folder. `filter`: part of the name of a test.
Tally run_host_tests(const Path& folder, const std::string& filter);

}  // namespace exo
