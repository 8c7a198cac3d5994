// SPDX-License-Identifier: MIT
#include "server_machine.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "error.hpp"

namespace exo {

namespace {

// utime and stime of proc_pid_stat(5), in seconds.
double cpu_seconds(const Path& stat) {
  std::ifstream in(stat);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;  // the thread has ended
  std::istringstream words(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; field++) words >> skipped;
  double user = 0, system = 0;
  words >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bool runs_guest(const Path& thread) {
  std::ifstream in(thread / "comm");
  std::string name;
  std::getline(in, name);
  return name.starts_with("CPU ");
}

// "0123-4567 ..." of /proc/PID/smaps, and not "Rss:  12 kB".
std::uint64_t range_size(const std::string& line) {
  const auto dash = line.find('-');
  if (dash > 16 || line.find(':') < dash) return 0;
  const std::uint64_t start = std::strtoull(line.c_str(), nullptr, 16);
  return std::strtoull(line.c_str() + dash + 1, nullptr, 16) - start;
}

}  // namespace

Usage operator-(const Usage& later, const Usage& earlier) {
  return {later.user - earlier.user, later.kernel - earlier.kernel, later.cpu_seconds - earlier.cpu_seconds,
          later.vcpu_seconds - earlier.vcpu_seconds};
}

void allow_huge_pages(bool allowed) { ::prctl(PR_SET_THP_DISABLE, allowed ? 0 : 1, 0, 0, 0); }

ServerMachine::ServerMachine(const std::vector<std::string>& command, const Path& folder, Path counts)
    : process_(find_process(spawn_bound(command, folder / "qemu.log"))), counts_(std::move(counts)) {}

ServerMachine::~ServerMachine() {
  end_process(process_, std::chrono::seconds(2));
  ::waitpid(process_.pid, nullptr, 0);
}

bool ServerMachine::is_running() const { return is_alive(process_); }

Usage ServerMachine::usage() const {
  Usage usage;
  const Path proc = Path("/proc") / fmt::format("{}", process_.pid);
  usage.cpu_seconds = cpu_seconds(proc / "stat");
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(proc / "task", gone))
    if (runs_guest(thread.path())) usage.vcpu_seconds += cpu_seconds(thread.path() / "stat");
  if (counts_.empty()) return usage;
  std::uint64_t counts[2] = {};
  std::ifstream(counts_, std::ios::binary).read(reinterpret_cast<char*>(counts), sizeof counts);
  usage.user = static_cast<double>(counts[0]);
  usage.kernel = static_cast<double>(counts[1]);
  return usage;
}

std::uint64_t ServerMachine::touched_memory(std::uint64_t memory) const {
  std::ifstream in(Path("/proc") / fmt::format("{}", process_.pid) / "smaps");
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (const std::uint64_t size = range_size(line)) inside = size == memory;
    if (inside && line.starts_with("Rss:")) return std::strtoull(line.c_str() + 4, nullptr, 10) << 10;
  }
  return 0;
}

}  // namespace exo
