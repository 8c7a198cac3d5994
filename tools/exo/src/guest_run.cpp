// SPDX-License-Identifier: MIT
#include "guest_run.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.hpp"
#include "process.hpp"

namespace exo {

namespace {

constexpr std::size_t kLastWords = 1000;  // characters of the console in an error

std::string text_of(const Path& path) { return std::filesystem::exists(path) ? read_text(path) : ""; }

}  // namespace

GuestRun run_guest(Hardware hardware, const Path& folder, std::chrono::seconds patience) {
  std::filesystem::create_directories(folder);
  hardware.console = folder / "console";
  const Path log = folder / "qemu.log";
  const pid_t pid = spawn_bound(qemu_command(hardware), log);
  const Handle handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd event{handle.get(), POLLIN, 0};
  const bool ended = ::poll(&event, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) == 1;
  if (!ended) end_process(find_process(pid), std::chrono::seconds(2));
  int status = 0;
  ::waitpid(pid, &status, 0);
  GuestRun run{text_of(hardware.console), text_of(log),
               guest_end(WIFEXITED(status) ? WEXITSTATUS(status) : 1)};
  if (ended) return run;
  const std::size_t size = run.console.size();
  fail("the machine is not done after {} s; it wrote last:\n{}", patience.count(),
       run.console.substr(size > kLastWords ? size - kLastWords : 0));
}

}  // namespace exo
