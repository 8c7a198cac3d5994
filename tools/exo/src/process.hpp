// SPDX-License-Identifier: MIT
// Processes, named so that a number used again by another process is never taken for them.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

struct Process {
  pid_t pid = 0;
  std::uint64_t start = 0;  // clock ticks since boot, field 22 of /proc/PID/stat
};

Process this_process();
Process find_process(pid_t pid);        // start is 0 if there is none
bool is_alive(const Process& process);  // running, still that process, not a zombie, and the caller's own

// A closed-on-destruction file descriptor.
class Handle {
 public:
  explicit Handle(int fd = -1) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();
  int get() const { return fd_; }

 private:
  int fd_;
};

// Held from construction to destruction; waits while another process holds it. The file is made
// if it is not there. Throws Error.
class FileLock {
 public:
  explicit FileLock(const Path& path);

 private:
  Handle handle_;
};

// Starts `command` in a process group of its own, so that Ctrl-C reaches only us, and has it
// killed when the calling process dies, however that happens. Its output goes to `log`.
// Throws Error if the program cannot be started.
pid_t spawn_bound(const std::vector<std::string>& command, const Path& log);

// SIGTERM, then SIGKILL after `patience`. Returns once the process is gone, or false if it did not
// go. Never signals a process that took over the number.
bool end_process(const Process& process, std::chrono::milliseconds patience);

// Runs a command with our own input and output, and waits. Exit status; 128 + n if signal n ended it.
int run_command(const std::vector<std::string>& command);

}  // namespace exo
