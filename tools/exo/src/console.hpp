// SPDX-License-Identifier: MIT
// The console of a machine: the file that QEMU writes the serial port to, followed line by line.
#pragma once
#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>

#include "files.hpp"

namespace exo {

// Prints one whole line at once, from any thread.
void print_line(std::string_view line);

// What exo itself has to say, in the form of the guest's lines: "exo| ...".
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  print_line("exo| " + fmt::format(format, std::forward<Args>(args)...));
}

class ConsoleFollower {
 public:
  // `speaker`: print only lines of that environment; empty: all.
  ConsoleFollower(Path file, std::string speaker) : path_(std::move(file)), speaker_(std::move(speaker)) {}

  // Prints the lines that have been completed since the last call.
  void print_new_lines();
  // What stands there without an end of line, when no more will come.
  void print_rest();

 private:
  void take(std::string_view line);

  Path path_;
  std::string speaker_;
  std::ifstream in_;
  std::string partial_;
};

// Whether a line was printed by that environment, "web| ready", or by an instance of it, "web.1| ready".
bool is_spoken_by(std::string_view line, std::string_view speaker);

}  // namespace exo
