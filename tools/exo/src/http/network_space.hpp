// SPDX-License-Identifier: MIT
// A network of this process' own: nobody else sees it, and it is gone with its last process.
#pragma once
#include <string>

namespace exo {

// Moves this process, and all that it starts from now on, into a new network namespace that has a TAP
// named `tap` with `address` ("10.0.2.2/24"). Ports of a great many short connections are taken care of. Call
// it from the only thread. Throws Error, saying what this machine does not allow.
void enter_network_space(const std::string& tap, const std::string& address);

}  // namespace exo
