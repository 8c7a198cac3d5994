// SPDX-License-Identifier: MIT
// How the host tool fails: one line for the person, and the exit status. Bad input (2) is what the
// person can mend in a file or on the command line; a failure (1) is everything else.
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace exo {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitBadInput = 2;

class Error : public std::runtime_error {
 public:
  Error(int status, const std::string& line) : std::runtime_error(line), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// Throw an Error with the formatted line.
template <class... Args>
[[noreturn]] void bad_input(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kExitBadInput, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kExitFailed, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace exo
