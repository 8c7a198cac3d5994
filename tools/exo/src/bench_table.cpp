// SPDX-License-Identifier: MIT
#include "bench_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench_targets.hpp"

namespace exo {

namespace {

const BenchTarget* find_target(const std::string& row) {
  for (const BenchTarget& target : bench_targets())
    if (target.row == row || (target.row.ends_with('-') && row.starts_with(target.row))) return &target;
  return nullptr;
}

std::string number(double value) { return fmt::format("{:.{}f}", value, value < 100 ? 1 : 0); }

std::string range(const Spread& spread) { return number(spread.low) + ".." + number(spread.high); }

// The most that the row may need; 0: anything, or the row that it is compared with is missing.
double limit_of(const BenchTarget& target, const std::vector<BenchRow>& rows) {
  if (target.relative.empty()) return target.most;
  for (const BenchRow& row : rows)
    if (row.name == target.relative) return target.most * row.all.middle;
  return 0;
}

std::string verdict(const BenchRow& row, const BenchTarget* target, const std::vector<BenchRow>& rows) {
  const double limit = target == nullptr ? 0 : limit_of(*target, rows);
  if (limit == 0) return "";
  if (row.all.middle <= limit) return fmt::format("at most {}: reached", number(limit));
  return fmt::format("at most {}: **MISSED**, {:.1f} times that", number(limit), row.all.middle / limit);
}

std::string line_of(const BenchRow& row, const std::vector<BenchRow>& rows) {
  const BenchTarget* target = find_target(row.name);
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.name,
                     target == nullptr ? "" : target->meaning, row.kernel_only ? "" : number(row.user.middle),
                     number(row.kernel.middle), number(row.all.middle), range(row.all),
                     number(row.nanoseconds.middle), range(row.nanoseconds), verdict(row, target, rows));
}

}  // namespace

std::string bench_table(const std::vector<BenchRow>& rows) {
  std::string text =
      "| Row | What it is | user | kernel | all | quartiles | ns | quartiles | target |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|---|\n";
  for (const BenchRow& row : rows) text += line_of(row, rows);
  return text;
}

std::string bench_gaps(const std::vector<BenchRow>& rows) {
  std::string text;
  for (const BenchTarget& target : bench_targets()) {
    const auto same = [&](const BenchRow& row) { return row.name == target.row; };
    if (target.most != 0 && std::none_of(rows.begin(), rows.end(), same))
      text += fmt::format("\nNot measured, so not reached: `{}`, {}.\n", target.row, target.meaning);
  }
  return text;
}

}  // namespace exo
