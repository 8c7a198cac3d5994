// SPDX-License-Identifier: MIT
// The process that has QEMU as its child: it writes the machine's state, waits for the end, and
// knows what the end meant. In the foreground that is exo itself, detached a process of its own.
#pragma once
#include <chrono>
#include <optional>

#include "launch.hpp"
#include "machines.hpp"

namespace exo {

class Keeper {
 public:
  // Starts QEMU. Throws Error.
  Keeper(Machine machine, const Launch& launch);

  Machine& machine() { return machine_; }
  // Readable (POLLIN) when QEMU has ended.
  int end_handle() const { return end_.get(); }
  bool has_ended() const;
  // Presses the power button if there are environments that have time to end. False: it is to be ended.
  bool ask_to_stop();
  // It was asked, and its time is over.
  bool is_overdue() const;
  // Asks QEMU to end, then makes it.
  void stop();
  // Waits for the end, and writes what was captured. What it meant is put into `explanation` if a person
  // should hear it.
  int finish(std::string& explanation);

 private:
  int explain(std::string& explanation);

  Machine machine_;
  Handle end_;
  Capture capture_;
  bool stopped_ = false;
  std::optional<std::chrono::steady_clock::time_point> stop_by_;
};

}  // namespace exo
