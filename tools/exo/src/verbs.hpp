// SPDX-License-Identifier: MIT
// What each verb of `exo` does, once its arguments are understood (cli.hpp). All give the exit
// status and throw Error. `exo run` is run_machine() in run.hpp.
#pragma once
#include <string>
#include <vector>

#include "bench_run.hpp"
#include "fuzz.hpp"
#include "http/http_bench.hpp"
#include "http/micro.hpp"
#include "http/switches.hpp"

namespace exo {

// Manifests or folders with one; none means all examples.
int build_verb(const std::vector<std::string>& named);

// Machines that run; with `ended_too` those that have ended as well.
int ps_verb(bool ended_too);
// A single word is an environment if only one machine is there.
int logs_verb(std::string name, std::string speaker, bool follow);
// None means the only one. `at_once`: no environment is asked.
int stop_verb(const std::vector<std::string>& names, bool at_once);

// `only`: "checks", "host", "proof", "fuzz" or "system"; empty means all. `filter`: part of a test's name.
int test_verb(const std::string& only, const std::string& filter, bool long_ones);

// The section "proof" alone, without building what it does not need.
int prove_verb(const std::string& filter);

// `exo bench primitives`. A target that is missed is printed, and is no failure.
int bench_verb(const BenchOptions& options);
// `exo bench http`: 1 if anything went wrong under load.
int bench_http_verb(const HttpBenchOptions& options);
// `exo bench micro`.
int bench_micro_verb(const MicroOptions& options);
// `exo bench switches`.
int bench_switches_verb(const SwitchOptions& options);
// `exo bench loss`: bench/loss/run, and where its table goes. A goal that is missed is printed, and is no
// failure.
struct LossOptions {
  std::uint32_t rounds = 5;
  std::string write;  // file whose marked block gets the table; empty: none
};
int bench_loss_verb(const LossOptions& options);

// `exo fuzz`: 1 if something was found.
int fuzz_verb(const FuzzOptions& options);

}  // namespace exo
