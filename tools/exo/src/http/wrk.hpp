// SPDX-License-Identifier: MIT
// The load generator, Debian's wrk: its command line, and what it prints.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

struct WrkLoad {
  std::string url;
  bool close = false;  // a connection for each request
  std::uint32_t connections = 1;
  std::uint32_t seconds = 1;
};

struct WrkResult {
  std::uint64_t requests = 0;  // answered whole
  double seconds = 0;
  double bytes = 0;  // received, of three digits
  double p50 = 0;    // seconds
  double p99 = 0;
  std::string errors;  // what went wrong; empty: nothing
};

std::vector<std::string> wrk_command(const WrkLoad& load);

// Throws Error if a number is missing: wrk did not run to its end.
WrkResult parse_wrk(std::string_view output);

// The number in front of a unit of time (us, ms, s, m, h) in seconds, or of size (B, KB, MB, GB: of 1,024) in
// bytes. Throws Error.
double parse_wrk_quantity(std::string_view text);

}  // namespace exo
