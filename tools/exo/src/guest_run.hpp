// SPDX-License-Identifier: MIT
// Runs a machine that powers itself off, and hands back what it wrote: for benches and the fuzzer.
#pragma once
#include <chrono>
#include <string>

#include "qemu.hpp"

namespace exo {

struct GuestRun {
  std::string console;
  std::string qemu_log;
  GuestEnd end{Ending::Failed, 1};
};

// Its files go into `folder`, which is made if it is not there; `hardware.console` is chosen. Throws Error if
// the machine is not done after `patience`: then it was killed, and the error says what it wrote last.
GuestRun run_guest(Hardware hardware, const Path& folder, std::chrono::seconds patience);

}  // namespace exo
