// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <fmt/ranges.h>
#include <sys/wait.h>

#include <cerrno>

#include "error.hpp"
#include "process.hpp"

namespace exo {

CommandResult run_quietly(const std::vector<std::string>& command) {
  const ScratchFolder folder;
  const Path log = folder.path() / "output";
  const pid_t pid = spawn_bound(command, log);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  CommandResult result{WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), ""};
  if (std::filesystem::exists(log)) result.output = read_text(log);
  while (result.output.ends_with('\n')) result.output.pop_back();
  return result;
}

std::string run_or_fail(const std::vector<std::string>& command) {
  CommandResult result = run_quietly(command);
  if (result.status != 0) fail("{}: status {}: {}", fmt::join(command, " "), result.status, result.output);
  return std::move(result.output);
}

void note(const std::string& text) {
  fmt::print(stderr, "exo| {}\n", text);
  std::fflush(stderr);
}

}  // namespace exo
