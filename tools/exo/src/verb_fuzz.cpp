// SPDX-License-Identifier: MIT
#include <chrono>

#include "console.hpp"
#include "error.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

std::string again(const FuzzOptions& options, std::uint64_t seed) {
  return fmt::format("./exo fuzz --seed {} --calls {} --cpus {}{}", seed, options.calls, options.cpus,
                     options.defect.empty() ? "" : " --defect " + options.defect);
}

}  // namespace

int fuzz_verb(const FuzzOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (std::uint64_t seed = options.seed;; seed++) {
    const FuzzResult result = fuzz(options, seed);
    if (!result.clean) {
      print_line(result.console);
      print_line(fmt::format("FOUND with seed {}: {}", seed, result.found));
      print_line(
          fmt::format("again: {}{}", again(options, seed),
                      options.cpus == 1 ? "" : " (on several CPUs the order of things differs each time)"));
      return kExitFailed;
    }
    print_line(fmt::format("seed {}: {} calls, {} checks of all invariants, nothing found ({:.0f} s)", seed,
                           result.calls, result.checks, seconds()));
    if (seconds() >= options.minutes * 60.0) return kExitOk;
  }
}

}  // namespace exo
