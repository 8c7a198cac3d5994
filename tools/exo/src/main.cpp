// SPDX-License-Identifier: MIT
// The `exo` command: builds images, runs them, and looks after what runs. What goes wrong is told
// in one line on standard error.
#include <cstdio>

#include "cli.hpp"
#include "error.hpp"

int main(int argc, char** argv) {
  try {
    return exo::run_command_line(argc, argv);
  } catch (const exo::Error& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", error.what());
    return error.status();
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "exo: {}\n", error.what());
    return exo::kExitFailed;
  }
}
