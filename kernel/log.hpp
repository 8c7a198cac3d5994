// SPDX-License-Identifier: MIT
// The kernel's own lines on the console, for the operator: boot, devices, the end. Never in answer
// to what an environment does.
#pragma once
#include "base/text.hpp"

namespace kernel {

// A line under construction; the destructor sends it with "aegis| " in front.
//   Log("nvme").text().put("4 queues");
class Log {
 public:
  explicit Log(const char* topic);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  base::Text& text() { return text_; }

 private:
  char buffer_[200];
  base::Text text_{buffer_, sizeof buffer_};
};

// A kernel bug or a broken machine: prints `what`, the registers and a backtrace, and stops.
[[noreturn]] void panic(const char* what);
[[noreturn]] void panic(const char* what, abi::u64 detail);

}  // namespace kernel
