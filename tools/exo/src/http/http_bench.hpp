// SPDX-License-Identifier: MIT
// `exo bench http`: Exo's web server and nginx on Linux, in turn in the same machine, under the same load.
#pragma once
#include <string>
#include <vector>

#include "http_report.hpp"

namespace exo {

struct HttpBenchOptions {
  std::uint32_t runs = 5;
  std::uint32_t seconds = 5;  // of load for each case
  bool quick = false;         // one run, 2 seconds, 16 connections only
  std::uint32_t cpus = 1;     // of the machines that are timed; those whose instructions are counted have one
  std::string cpu_model;      // of QEMU; empty: "max"
  bool offload = true;        // the card offers checksums and segmentation
  std::vector<std::string> sides;  // "exo", "linux", "cheetah-linux"; empty: all
  std::string write;               // file whose marked block gets the table; empty: none
};

inline constexpr const char* kExoSide = "Exo";
inline constexpr const char* kNginxSide = "Linux, nginx";
inline constexpr const char* kCheetahSide = "Linux, cheetah";

// Builds and downloads what is needed, runs all, and gives the report; `machine` is told what ran. Moves this
// process into a network namespace of its own. Throws Error.
HttpReport run_http_bench(const HttpBenchOptions& options, std::string& machine);

}  // namespace exo
