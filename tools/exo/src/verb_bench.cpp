// SPDX-License-Identifier: MIT
#include <ctime>

#include "bench_run.hpp"
#include "bench_table.hpp"
#include "console.hpp"
#include "error.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

constexpr std::string_view kBegin =
    "<!-- primitives: begin, written by `./exo bench primitives --write` -->\n";
constexpr std::string_view kEnd = "<!-- primitives: end -->\n";

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

// Replaces what is between the marks.
void write_block(const Path& file, const std::string& block) {
  std::string text = read_text(file);
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    bad_input("{}: has no block of primitives: a line {}", file.string(),
              kBegin.substr(0, kBegin.size() - 1));
  const auto from = begin + kBegin.size();
  text.replace(from, end - from, block);
  write_text(file, text);
}

}  // namespace

int bench_verb(const BenchOptions& options) {
  std::string machine;
  const BenchOutcome outcome = run_bench(options, machine);
  const std::string gaps = options.only.empty() ? bench_gaps(outcome.rows) : "";
  const std::string text = fmt::format("{} {}\n\n{}{}", today(), machine, bench_table(outcome.rows), gaps);
  print_line(text.substr(0, text.size() - 1));
  for (const std::string& failure : outcome.failures) print_line("FAILED " + failure);
  if (!options.write.empty() && outcome.failures.empty()) write_block(options.write, text + "\n");
  return outcome.failures.empty() && !outcome.rows.empty() ? kExitOk : kExitFailed;
}

}  // namespace exo
