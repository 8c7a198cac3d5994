// SPDX-License-Identifier: MIT
// What `exo bench http` has measured, and the text it becomes. Pure.
#pragma once
#include <string>
#include <vector>

#include "bench_results.hpp"
#include "server_machine.hpp"
#include "wrk.hpp"

namespace exo {

struct HttpCase {
  std::uint32_t kib = 1;  // size of the file
  bool close = false;     // a connection for each request
  std::uint32_t connections = 1;
};

std::string case_name(const HttpCase& load);  // "1 KiB, close, 16"
std::string file_name(std::uint32_t kib);     // in the site: "1k.bin"

// One case on one side, over all runs. A ratio with anything that has errors is not printed.
struct HttpMeasurement {
  std::vector<double> rate;               // requests per second
  std::vector<double> p50, p99;           // seconds
  std::vector<double> cpu, vcpu;          // seconds of QEMU for a request; of these, of the guest's threads
  std::vector<double> user, kernel, all;  // guest instructions for a request
  std::vector<std::string> errors;

  // `response`: bytes of one response, header and body.
  void add_timed(const HttpCase& load, const WrkResult& wrk, const Usage& used, double response);
  void add_counted(const HttpCase& load, const WrkResult& wrk, const Usage& used, double response);
  void add_error(const std::string& what);
};

struct HttpSide {
  std::string name;                       // "Exo", "Linux, nginx"
  std::string absent;                     // why it did not run; empty: it did
  std::vector<HttpMeasurement> measured;  // parallel to the cases
  std::vector<double> touched;            // bytes of its memory, in every run that was counted
  std::vector<std::string> restarts{};    // when it answered nothing any more and was started again
};

struct HttpReport {
  std::vector<HttpCase> cases;
  std::vector<HttpSide> sides;
  double site_bytes = 0;
};

// Middle, least and greatest. Not for an empty list.
Spread whole_spread(std::vector<double> values);

// What of the requests' work was done: those not answered whole at the end count by their bytes, where they
// may be many.
double requests_worth(const HttpCase& load, const WrkResult& wrk, double response);

// The tables, the ratios of all sides to the one called `base`, and the goals reached and missed, in
// Markdown.
std::string http_table(const HttpReport& report, const std::string& base);
std::string http_goals(const HttpReport& report, const std::string& side, const std::string& base);

// No error anywhere, and everything measured.
bool is_clean(const HttpReport& report);

}  // namespace exo
