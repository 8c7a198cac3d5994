// SPDX-License-Identifier: MIT
// A machine with a web server on the benches' network: how it starts, and whether it answers rightly.
#pragma once
#include <string>
#include <vector>

#include "qemu.hpp"
#include "server_machine.hpp"

namespace exo {

// Moves this process into a network namespace with the TAP that the machines sit on. Throws Error.
void enter_http_network();

// QEMU's command line, with its console in `folder` and its threads named; `plugin` with its arguments, or
// empty.
std::vector<std::string> http_command(Hardware hardware, const Path& folder, std::uint32_t cpus,
                                      const std::string& plugin);

// Asks until the guest answers, whatever it answers. Throws Error if it ends or takes too long.
void await_http(const ServerMachine& machine, const Path& folder);

// What is wrong with the answer to a request for the file; empty: nothing. `size`: bytes of the whole
// response.
std::string find_wrong(std::uint32_t kib, double& size);

std::string http_url(std::uint32_t kib);
std::string http_guest();  // its address

}  // namespace exo
