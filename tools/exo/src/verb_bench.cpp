// SPDX-License-Identifier: MIT
#include <ctime>

#include "bench_run.hpp"
#include "bench_table.hpp"
#include "console.hpp"
#include "error.hpp"
#include "http/command.hpp"
#include "ninja.hpp"
#include "paths.hpp"
#include "process.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

// The processor and QEMU's version.
std::string host_machine() {
  std::string version = run_or_fail({"qemu-system-x86_64", "--version"});
  version.resize(version.find('\n'));
  const std::string cpu =
      run_or_fail({"sh", "-c", "sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1"});
  const std::string cores = run_or_fail({"nproc"});
  return fmt::format("{}; {} CPUs of {}", version, cores, cpu);
}

// Replaces what is between the marks of the table `name`.
void write_block(const Path& file, const std::string& name, const std::string& block) {
  const std::string first =
      fmt::format("<!-- {}: begin, written by `./exo bench {} --write` -->", name, name);
  std::string text = read_text(file);
  const auto begin = text.find(first + "\n");
  const auto end = text.find(fmt::format("<!-- {}: end -->\n", name));
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    bad_input("{}: has no block for the table: a line {}", file.string(), first);
  const auto from = begin + first.size() + 1;
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
  if (!options.write.empty() && outcome.failures.empty())
    write_block(options.write, "primitives", text + "\n");
  return outcome.failures.empty() && !outcome.rows.empty() ? kExitOk : kExitFailed;
}

int bench_micro_verb(const MicroOptions& options) {
  std::string machine;
  const std::vector<MicroLoad> loads = run_micro(options, machine);
  const std::string text = fmt::format("{} {}; {}; instructions for a request:\n\n{}", today(),
                                       host_machine(), machine, micro_table(loads));
  print_line(text.substr(0, text.size() - 1));
  if (options.functions != 0) print_line(micro_functions(loads, options.functions));
  if (!options.write.empty()) write_block(options.write, "micro", text + "\n");
  return kExitOk;
}

int bench_switches_verb(const SwitchOptions& options) {
  std::string machine;
  const std::vector<SwitchRow> rows = run_switches(options, machine);
  const std::string text = fmt::format("{} {}; {}; instructions for a request:\n\n{}", today(),
                                       host_machine(), machine, switch_table(rows));
  print_line(text.substr(0, text.size() - 1));
  if (!options.write.empty()) write_block(options.write, "switches", text + "\n");
  return kExitOk;
}

int bench_loss_verb(const LossOptions& options) {
  run_ninja({"cheetah-linux"});
  const ScratchFolder folder;
  const Path table = folder.path() / "table";
  run_or_fail({(source_folder() / "bench/loss/run").string(), "--build", build_folder().string(), "--rounds",
               std::to_string(options.rounds), "--output", table.string()});
  const std::string text = fmt::format("{} {}\n\n{}", today(), host_machine(), read_text(table));
  print_line(text.substr(0, text.size() - 1));
  if (!options.write.empty()) write_block(options.write, "loss", text + "\n");
  return kExitOk;
}

int bench_http_verb(const HttpBenchOptions& options) {
  std::string machine;
  const HttpReport report = run_http_bench(options, machine);
  const std::string text =
      fmt::format("{} {}{}\n\n{}\n{}", today(), host_machine(), machine, http_table(report, kNginxSide),
                  http_goals(report, kExoSide, kNginxSide));
  print_line(text.substr(0, text.size() - 1));
  if (!options.write.empty() && is_clean(report)) write_block(options.write, "http", text + "\n");
  return is_clean(report) ? kExitOk : kExitFailed;
}

}  // namespace exo
