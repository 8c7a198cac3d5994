// SPDX-License-Identifier: MIT
// Runs the image of `exo bench primitives`, with the counting plugin and without.
#pragma once
#include <string>

#include "bench_results.hpp"

namespace exo {

struct BenchOptions {
  std::string only;       // beginning of the primitives' names; empty: all
  std::string cpu_model;  // of QEMU; empty: "max"
  std::string write;      // file whose marked block gets the table; empty: none
};

// Builds what is needed, runs both machines, and gives the rows; `machine` is told what ran (QEMU's version,
// CPU model, command line). Throws Error.
BenchOutcome run_bench(const BenchOptions& options, std::string& machine);

}  // namespace exo
