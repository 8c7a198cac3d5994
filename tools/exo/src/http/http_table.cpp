// SPDX-License-Identifier: MIT
// The text of a report.
#include <fmt/format.h>

#include <algorithm>

#include "http_report.hpp"

namespace exo {

namespace {

// What issue and README promise: instructions for a request, with 16 connections.
struct Goal {
  HttpCase load;
  double most;
};
constexpr Goal kGoals[] = {{{1, false, 16}, 5000}, {{1, true, 16}, 15000}, {{100, false, 16}, 20000}};
constexpr double kMostMemory = 8 << 20;  // of the whole guest, beside the files

const HttpSide* find_side(const HttpReport& report, const std::string& name) {
  for (const HttpSide& side : report.sides)
    if (side.name == name && side.absent.empty()) return &side;
  return nullptr;
}

double middle(const std::vector<double>& values) { return values.empty() ? 0 : whole_spread(values).middle; }

std::string range(const std::vector<double>& values) {
  if (values.empty()) return "";
  const Spread spread = whole_spread(values);
  return fmt::format("{:.0f}..{:.0f}", spread.low, spread.high);
}

std::string number(const std::vector<double>& values, double scale, int digits) {
  return values.empty() ? "" : fmt::format("{:.{}f}", middle(values) * scale, digits);
}

// `over` divided by `under`, where both were measured and nothing went wrong.
std::string ratio(const HttpMeasurement& a, const std::vector<double>& over, const HttpMeasurement* b,
                  const std::vector<double>& under) {
  if (b == nullptr || &a == b || over.empty() || middle(under) == 0) return "";
  if (!a.errors.empty() || !b->errors.empty()) return "refused";
  return fmt::format("{:.1f}", middle(over) / middle(under));
}

std::string row(const HttpCase& load, const HttpSide& side, const HttpMeasurement& own,
                const HttpMeasurement* base) {
  if (!own.errors.empty())
    return fmt::format("| {} | {} | ERRORS: {} | | | | | | | | | | | |\n", case_name(load), side.name,
                       fmt::join(own.errors, "; "));
  const std::string megabytes = number(own.rate, load.kib * 1024e-6, 1);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                     case_name(load), side.name, number(own.rate, 1, 0), range(own.rate),
                     number(own.p50, 1e3, 2), number(own.p99, 1e3, 2), megabytes, number(own.user, 1, 0),
                     number(own.kernel, 1, 0), number(own.all, 1, 0), number(own.cpu, 1e6, 0),
                     number(own.vcpu, 1e6, 0), base == nullptr ? "" : ratio(own, own.rate, base, base->rate),
                     base == nullptr ? "" : ratio(*base, base->all, &own, own.all));
}

std::string goal_line(const HttpReport& report, const Goal& goal, const HttpSide& side,
                      const HttpSide* base) {
  for (std::size_t i = 0; i < report.cases.size(); i++) {
    if (case_name(report.cases[i]) != case_name(goal.load)) continue;
    const HttpMeasurement& own = side.measured[i];
    if (!own.errors.empty() || own.all.empty()) break;
    const double found = middle(own.all);
    std::string line = fmt::format(
        "- {}: {:.0f} instructions for a request, at most {:.0f}: ", case_name(goal.load), found, goal.most);
    line += found <= goal.most ? "reached" : fmt::format("**MISSED**, {:.1f} times that", found / goal.most);
    if (base != nullptr && base->measured[i].errors.empty() && !base->measured[i].all.empty())
      line += fmt::format("; {}: {:.0f}", base->name, middle(base->measured[i].all));
    return line + "\n";
  }
  return fmt::format("- {}: at most {:.0f} instructions for a request: not measured, so not reached\n",
                     case_name(goal.load), goal.most);
}

std::string memory_line(const HttpReport& report, const HttpSide& side) {
  if (side.touched.empty()) return "";
  const double own = whole_spread(side.touched).high - report.site_bytes;
  return fmt::format(
      "- memory that the guest has touched, without the files: {:.2f} MiB, at most {:.0f}: {}\n",
      own / (1 << 20), kMostMemory / (1 << 20), own <= kMostMemory ? "reached" : "**MISSED**");
}

}  // namespace

std::string http_table(const HttpReport& report, const std::string& base_name) {
  const HttpSide* base = find_side(report, base_name);
  std::string text =
      "| File, mode, connections | Server | req/s | least..greatest | p50 ms | p99 ms | MB/s | user | kernel "
      "| "
      "instructions | QEMU µs | of it vCPU | × req/s | ÷ instructions |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (std::size_t i = 0; i < report.cases.size(); i++)
    for (const HttpSide& side : report.sides)
      if (side.absent.empty())
        text += row(report.cases[i], side, side.measured[i], base == nullptr ? nullptr : &base->measured[i]);
  for (const HttpSide& side : report.sides)
    if (!side.absent.empty()) text += fmt::format("\n{}: {}\n", side.name, side.absent);
  for (const HttpSide& side : report.sides)
    for (const std::string& when : side.restarts)
      text += fmt::format("\n{}: answered nothing any more and was started again ({})\n", side.name, when);
  return text;
}

std::string http_goals(const HttpReport& report, const std::string& name, const std::string& base_name) {
  const HttpSide* side = find_side(report, name);
  if (side == nullptr) return "";
  std::string text;
  for (const Goal& goal : kGoals) text += goal_line(report, goal, *side, find_side(report, base_name));
  return text + memory_line(report, *side);
}

}  // namespace exo
