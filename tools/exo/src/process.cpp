// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "error.hpp"

namespace exo {

namespace {

struct Stat {
  char state = 0;
  std::uint64_t start = 0;
};

// Fields 3 and 22 of /proc/PID/stat; field 2 is a name in brackets that may hold anything.
Stat read_stat(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto end = text.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream fields(text.substr(end + 1));
  Stat stat;
  fields >> stat.state;
  std::string skipped;
  for (int field = 4; field < 22; field++) fields >> skipped;
  fields >> stat.start;
  return stat;
}

std::vector<char*> argv_of(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  return argv;
}

[[noreturn]] void exec_or_exit(const std::vector<std::string>& command) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(command[0].c_str(), argv_of(command).data());
  ::dprintf(STDERR_FILENO, "%s: %s\n", command[0].c_str(), std::strerror(errno));
  ::_exit(127);
}

}  // namespace

Process find_process(pid_t pid) {
  const Stat stat = read_stat(pid);
  return {pid, stat.state == 'Z' ? 0 : stat.start};
}

Process this_process() { return find_process(::getpid()); }

bool is_alive(const Process& process) {
  struct stat owner {};
  if (process.pid <= 0 || process.start == 0) return false;
  if (::stat(fmt::format("/proc/{}", process.pid).c_str(), &owner) != 0 || owner.st_uid != ::getuid())
    return false;
  return find_process(process.pid).start == process.start;
}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Handle::~Handle() {
  if (fd_ >= 0) ::close(fd_);
}

FileLock::FileLock(const Path& path) : handle_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (handle_.get() < 0 || ::flock(handle_.get(), LOCK_EX) != 0)
    fail("{}: cannot lock it: {}", path.string(), std::strerror(errno));
}

pid_t spawn_bound(const std::vector<std::string>& command, const Path& log) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start {}: {}", command[0], std::strerror(errno));
  if (child > 0) return child;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  const int in = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0) ::_exit(127);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  exec_or_exit(command);
}

bool end_process(const Process& process, std::chrono::milliseconds patience) {
  const Handle handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (handle.get() < 0 || !is_alive(process)) return true;  // the handle is ours before the check: no race
  const auto gone = [&](std::chrono::milliseconds time) {
    pollfd event{handle.get(), POLLIN, 0};
    return ::poll(&event, 1, static_cast<int>(time.count())) == 1;
  };
  ::syscall(SYS_pidfd_send_signal, handle.get(), SIGTERM, nullptr, 0);
  if (gone(patience)) return true;
  ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
  return gone(std::chrono::milliseconds(5000));
}

int run_command(const std::vector<std::string>& command) {
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start {}: {}", command[0], std::strerror(errno));
  if (child == 0) exec_or_exit(command);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace exo
