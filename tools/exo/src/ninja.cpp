// SPDX-License-Identifier: MIT
#include "ninja.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "error.hpp"
#include "paths.hpp"
#include "process.hpp"

namespace exo {

namespace {

// Runs a command of the shell and takes its output line by line. Its exit status.
int for_each_line(const std::string& command, const std::function<void(const std::string&)>& take) {
  FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) fail("cannot run a shell");
  char* buffer = nullptr;
  std::size_t capacity = 0;
  for (ssize_t n; (n = ::getline(&buffer, &capacity, pipe)) > 0;)
    take(std::string(buffer, static_cast<std::size_t>(buffer[n - 1] == '\n' ? n - 1 : n)));
  ::free(buffer);
  const int status = ::pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// Shows ninja's output, without what it says when there is nothing to do. On a terminal its
// progress stays on one line. All on standard error: standard output is for what was asked.
class ProgressLine {
 public:
  void show(const std::string& line) {
    if (line.find("Re-checking globbed directories") != std::string::npos) return;
    if (line.starts_with("ninja: Entering directory") || line == "ninja: no work to do.") return;
    if (!terminal_) {
      fmt::print(stderr, "{}\n", line);
    } else if (line.starts_with("[")) {
      fmt::print(stderr, "{}{}", kClear, line.substr(0, kWidth));
    } else {
      fmt::print(stderr, "{}{}\n", kClear, line);
    }
    std::fflush(stderr);
  }
  void clear() {
    if (terminal_) fmt::print(stderr, "{}", kClear);
  }

 private:
  static constexpr const char* kClear = "\r\033[K";
  // Less than any terminal: a line that wraps cannot be overwritten.
  static constexpr std::size_t kWidth = 78;
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

// `text` as one word of the shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

std::set<std::string> known_targets() {
  std::set<std::string> names;
  for_each_line(fmt::format("ninja -C {} -t targets all 2>&1", quoted(build_folder().string())),
                [&](const std::string& line) { names.insert(line.substr(0, line.find(": "))); });
  return names;
}

void run_ninja(const std::vector<std::string>& targets) {
  const FileLock lock(build_folder() / ".lock");  // ninja does not keep two of itself apart
  std::string command = fmt::format("ninja -C {}", quoted(build_folder().string()));
  for (const std::string& target : targets) command += " " + quoted(target);
  ProgressLine progress;
  const int status = for_each_line(command + " 2>&1", [&](const std::string& line) { progress.show(line); });
  progress.clear();
  if (status != 0) fail("the build failed; see above");
}

}  // namespace exo
