// SPDX-License-Identifier: MIT
#include "test_runners.hpp"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "console.hpp"
#include "error.hpp"
#include "process.hpp"

namespace exo {

namespace {

constexpr int kHostLimit = 300;  // seconds for one GoogleTest program

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Tally run_host_program(const Path& program, const std::string& filter, const Path& temporary) {
  const auto start = std::chrono::steady_clock::now();
  const std::string name = program.filename().string();
  const Path report = temporary / (name + ".json");
  const Path log = temporary / (name + ".log");
  const int status =
      run_command({"sh", "-c", "exec timeout \"$1\" \"$2\" \"$3\" \"$4\" >\"$5\" 2>&1", "sh",
                   std::to_string(kHostLimit), program.string(), "--gtest_output=json:" + report.string(),
                   filter.empty() ? "--gtest_filter=*" : "--gtest_filter=*" + filter + "*", log.string()});
  Tally tally = read_gtest_report(std::filesystem::exists(report) ? read_text(report) : "", name);
  if (status != 0 && tally.failed == 0)
    tally.fail(fmt::format("{}: ended with status {} before its report", name, status));
  if (tally.ran() + tally.skipped == 0 && filter.empty()) tally.fail(fmt::format("{}: ran no test", name));
  if (tally.failed != 0) print_line(read_text(log));
  if (tally.ran() + tally.skipped != 0)
    print_line(fmt::format("{} host {}: {} ({:.1f} s)", tally.failed == 0 ? "PASS" : "FAIL", name,
                           counts_text(tally), seconds_since(start)));
  return tally;
}

}  // namespace

Tally run_line_tests(const std::string& section, const Path& program, const std::string& filter) {
  Tally tally;
  if (::access(program.c_str(), X_OK) != 0) {
    tally.fail(fmt::format("{}: {} is missing", section, program.string()));
    return tally;
  }
  int ends[2];
  if (::pipe(ends) != 0) fail("no pipe");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start {}", program.string());
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(program.c_str(), program.c_str(), filter.empty() ? nullptr : "--filter", filter.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  FILE* lines = ::fdopen(ends[0], "r");
  char* buffer = nullptr;
  std::size_t capacity = 0;
  for (ssize_t n; (n = ::getline(&buffer, &capacity, lines)) > 0;) {
    const std::string_view line(buffer, static_cast<std::size_t>(buffer[n - 1] == '\n' ? n - 1 : n));
    tally.take_line(line);
    print_line(line);
  }
  ::free(buffer);
  std::fclose(lines);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0 && tally.failed == 0)
    tally.fail(fmt::format("{}: its runner failed without naming a test", section));
  if (tally.ran() + tally.skipped == 0 && filter.empty()) tally.fail(fmt::format("{}: ran no test", section));
  return tally;
}

Tally run_host_tests(const Path& folder, const std::string& filter) {
  std::vector<Path> programs;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.is_regular_file() && ::access(entry.path().c_str(), X_OK) == 0)
      programs.push_back(entry.path());
  std::sort(programs.begin(), programs.end());
  Tally tally;
  if (programs.empty()) tally.fail(fmt::format("host: no test programs in {}", folder.string()));
  const ScratchFolder temporary;
  for (const Path& program : programs) tally.add(run_host_program(program, filter, temporary.path()));
  return tally;
}

}  // namespace exo
