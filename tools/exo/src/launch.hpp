// SPDX-License-Identifier: MIT
// Puts together what a machine is made of, before anything is started: which image, which disk,
// how much of everything, which ports. Whatever is wrong is found here.
#pragma once
#include "capture.hpp"
#include "run.hpp"

namespace exo {

struct Launch {
  std::string name;                   // of the machine
  Hardware hardware;                  // all but console and gdb_socket, which lie in the machine's folder
  std::vector<std::string> speakers;  // environments of the image
  Capture capture;
  std::uint32_t grace = 0;         // seconds that environments have to end when the machine is to stop
  std::vector<std::string> notes;  // for the person: where something was chosen differently
};

// Builds the image if a manifest is named, verifies image and disk, and fits the options to them.
// Throws Error.
Launch prepare_launch(const RunOptions& options);

}  // namespace exo
