// SPDX-License-Identifier: MIT
// A machine under load: QEMU from its start until it is stopped, and what it has used so far.
#pragma once
#include <string>
#include <vector>

#include "process.hpp"

namespace exo {

// Since the machine's start.
struct Usage {
  double user = 0;  // guest instructions, if the counting plugin is loaded
  double kernel = 0;
  double cpu_seconds = 0;   // of QEMU's process, all threads
  double vcpu_seconds = 0;  // of these, of the threads that run the guest
};

Usage operator-(const Usage& later, const Usage& earlier);

// Whether machines that are started from now on get huge pages of the host, with which 2 MiB are touched at
// once.
void allow_huge_pages(bool allowed);

class ServerMachine {
 public:
  // Starts `command` (QEMU's, with -name debug-threads=on). `counts`: file of the counting plugin, or empty.
  // What QEMU prints goes into `folder`. Throws Error.
  ServerMachine(const std::vector<std::string>& command, const Path& folder, Path counts);
  ServerMachine(const ServerMachine&) = delete;
  ServerMachine& operator=(const ServerMachine&) = delete;
  ~ServerMachine();

  bool is_running() const;
  Usage usage() const;
  // Bytes of the guest's memory, in whole pages of the host, that it has touched; `memory`: all of it.
  std::uint64_t touched_memory(std::uint64_t memory) const;

 private:
  Process process_;
  Path counts_;
};

}  // namespace exo
