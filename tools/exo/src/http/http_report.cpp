// SPDX-License-Identifier: MIT
#include "http_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exo {

namespace {

constexpr std::uint32_t kLargeKib = 64;  // from here on a request that is cut off was much work

}  // namespace

std::string file_name(std::uint32_t kib) {
  return kib % 1024 == 0 ? fmt::format("{}m.bin", kib / 1024) : fmt::format("{}k.bin", kib);
}

std::string case_name(const HttpCase& load) {
  const std::string size =
      load.kib % 1024 == 0 ? fmt::format("{} MiB", load.kib / 1024) : fmt::format("{} KiB", load.kib);
  return fmt::format("{}, {}, {}", size, load.close ? "close" : "keep-alive", load.connections);
}

double requests_worth(const HttpCase& load, const WrkResult& wrk, double response) {
  const auto whole = static_cast<double>(wrk.requests);
  return load.kib < kLargeKib || response == 0 ? whole : std::max(whole, wrk.bytes / response);
}

void HttpMeasurement::add_error(const std::string& what) {
  if (std::find(errors.begin(), errors.end(), what) == errors.end()) errors.push_back(what);
}

void HttpMeasurement::add_timed(const HttpCase& load, const WrkResult& wrk, const Usage& used,
                                double response) {
  if (!wrk.errors.empty()) add_error(wrk.errors);
  const double requests = requests_worth(load, wrk, response);
  if (requests == 0 || wrk.seconds == 0) return;
  rate.push_back(requests / wrk.seconds);
  p50.push_back(wrk.p50);
  p99.push_back(wrk.p99);
  cpu.push_back(used.cpu_seconds / requests);
  vcpu.push_back(used.vcpu_seconds / requests);
}

void HttpMeasurement::add_counted(const HttpCase& load, const WrkResult& wrk, const Usage& used,
                                  double response) {
  if (!wrk.errors.empty()) add_error(wrk.errors + " (counted)");
  const double requests = requests_worth(load, wrk, response);
  if (requests == 0) return;
  user.push_back(used.user / requests);
  kernel.push_back(used.kernel / requests);
  all.push_back((used.user + used.kernel) / requests);
}

Spread whole_spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

bool is_clean(const HttpReport& report) {
  for (const HttpSide& side : report.sides)
    for (const HttpMeasurement& one : side.measured)
      if (!one.errors.empty() || one.rate.empty()) return false;
  return true;
}

}  // namespace exo
