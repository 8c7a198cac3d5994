// SPDX-License-Identifier: MIT
#include "bench_results.hpp"

#include <algorithm>
#include <sstream>

#include "base/marker.hpp"
#include "error.hpp"

namespace exo {

namespace {

constexpr std::string_view kSpeaker = "bench| ";

// One line `row NAME ops N samples K count all|kernel ns MIDDLE LOW HIGH` (apps/bench/measure.cpp).
struct GuestRow {
  std::string name;
  std::uint32_t ops = 0;
  std::uint32_t samples = 0;
  bool kernel_only = false;
  Spread nanoseconds;  // of a sample
};

struct GuestReport {
  std::vector<GuestRow> rows;
  std::vector<std::string> failures;
  bool done = false;
};

GuestRow read_row(std::istringstream& words) {
  GuestRow row;
  std::string ops, samples, count, counted, ns;
  words >> row.name >> ops >> row.ops >> samples >> row.samples >> count >> counted >> ns;
  words >> row.nanoseconds.middle >> row.nanoseconds.low >> row.nanoseconds.high;
  if (!words || ops != "ops" || count != "count" || ns != "ns" || row.ops == 0 || row.samples == 0)
    fail("bench: a row of the guest cannot be read: {}", words.str());
  row.kernel_only = counted == "kernel";
  return row;
}

GuestReport read_console(std::string_view console) {
  GuestReport report;
  std::istringstream lines{std::string(console)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kSpeaker)) continue;
    std::istringstream words(line.substr(kSpeaker.size()));
    std::string kind;
    words >> kind;
    if (kind == "row") report.rows.push_back(read_row(words));
    if (kind == "done") report.done = true;
    if (kind == "failed") {
      std::string rest;
      std::getline(words >> std::ws, rest);
      while (rest.ends_with('\r')) rest.pop_back();
      report.failures.push_back(rest);
    }
  }
  if (!report.done) fail("bench: the guest did not come to its end");
  return report;
}

// Instructions of one row's samples.
struct Counts {
  std::vector<double> user, kernel, all;
};

// Lines `ID USER KERNEL`; a sample is what lies between a begin and the next end.
std::vector<Counts> read_counts(std::string_view log) {
  std::vector<Counts> rows;
  std::istringstream lines{std::string(log)};
  std::uint32_t id = 0;
  double begin_user = 0, begin_kernel = 0;
  for (double user = 0, kernel = 0; lines >> id >> user >> kernel;) {
    if (id == base::kMarkRow) rows.emplace_back();
    if (id == base::kMarkBegin) begin_user = user, begin_kernel = kernel;
    if (id != base::kMarkEnd || rows.empty()) continue;
    rows.back().user.push_back(user - begin_user);
    rows.back().kernel.push_back(kernel - begin_kernel);
    rows.back().all.push_back(user - begin_user + kernel - begin_kernel);
  }
  return rows;
}

Spread spread_of(std::vector<double> values, double ops) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {values[n / 2] / ops, values[n / 4] / ops, values[n - 1 - n / 4] / ops};
}

Spread divided(const Spread& spread, double by) {
  return {spread.middle / by, spread.low / by, spread.high / by};
}

BenchRow join(const GuestRow& row, const Counts& counts, const GuestReport& timed) {
  if (counts.all.size() != row.samples)
    fail("bench: {}: {} samples, but {} between markers", row.name, row.samples, counts.all.size());
  BenchRow result{row.name, row.kernel_only, {}, {}, {}, {}};
  result.kernel = spread_of(counts.kernel, row.ops);
  result.all = row.kernel_only ? result.kernel : spread_of(counts.all, row.ops);
  if (!row.kernel_only) result.user = spread_of(counts.user, row.ops);
  for (const GuestRow& other : timed.rows)
    if (other.name == row.name) result.nanoseconds = divided(other.nanoseconds, other.ops);
  return result;
}

}  // namespace

BenchOutcome read_bench(std::string_view counted_console, std::string_view counts,
                        std::string_view timed_console) {
  const GuestReport counted = read_console(counted_console);
  const GuestReport timed = read_console(timed_console);
  std::vector<Counts> samples = read_counts(counts);
  // A row that failed has a marker but no line.
  std::erase_if(samples, [&](const Counts& c) { return c.all.empty(); });
  if (counted.failures.empty() && samples.size() != counted.rows.size())
    fail("bench: {} rows, but {} between markers", counted.rows.size(), samples.size());
  BenchOutcome outcome;
  outcome.failures = counted.failures;
  for (const std::string& failure : timed.failures)
    outcome.failures.push_back(failure + " (without the plugin)");
  for (std::size_t i = 0; i < counted.rows.size() && i < samples.size(); i++)
    outcome.rows.push_back(join(counted.rows[i], samples[i], timed));
  return outcome;
}

}  // namespace exo
