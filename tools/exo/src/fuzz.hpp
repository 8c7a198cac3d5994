// SPDX-License-Identifier: MIT
// One run of the system-call fuzzer: the image of examples/fuzz with the kernel that checks itself.
#pragma once
#include <cstdint>
#include <string>

namespace exo {

struct FuzzOptions {
  std::uint32_t minutes = 0;  // 0: one seed
  std::uint32_t calls = 100'000;
  std::uint64_t seed = 1;
  std::uint32_t cpus = 2;
  std::string defect;  // empty: none is planted
};

struct FuzzResult {
  bool clean = false;        // nothing was found, and the run came to its end
  std::uint64_t calls = 0;   // that the kernel took
  std::uint64_t checks = 0;  // of its invariants
  std::string found;         // what, in one line; empty if nothing
  std::string console;
};

// What a console says. Pure.
FuzzResult read_fuzz(const std::string& console, bool powered_off);

// Builds and runs one machine with that seed. Throws Error.
FuzzResult fuzz(const FuzzOptions& options, std::uint64_t seed);

}  // namespace exo
