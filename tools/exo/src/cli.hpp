// SPDX-License-Identifier: MIT
// The command line of `exo`: verbs, their options and what --help says of them.
#pragma once

namespace exo {

// Understands the arguments and does what they say. The exit status; throws Error.
int run_command_line(int argc, char** argv);

}  // namespace exo
