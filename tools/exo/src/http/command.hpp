// SPDX-License-Identifier: MIT
// Other programs, run for what they print.
#pragma once
#include <string>
#include <vector>

namespace exo {

struct CommandResult {
  int status = 0;      // exit status; 128 + n if signal n ended it, 127 if there is no such program
  std::string output;  // and errors
};

// Runs it to its end. Throws Error if no process can be made.
CommandResult run_quietly(const std::vector<std::string>& command);

// The same, but an Error if it ends with another status than 0.
std::string run_or_fail(const std::vector<std::string>& command);

// Tells whoever waits what a bench has come to.
void note(const std::string& text);

}  // namespace exo
