// SPDX-License-Identifier: MIT
// Which ports of the host lead into the guest: those that the manifest publishes, changed by -p.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "manifest/reader.hpp"
#include "qemu.hpp"

namespace exo {

// One -p HOST:GUEST; GUEST is PORT, ENV or ENV:PORT.
struct PublishRequest {
  std::uint32_t host_port = 0;
  std::string env;               // empty: the first one with that port, or with any
  std::uint32_t guest_port = 0;  // 0: the one that the environment serves
};

// What people call a server: the environment's name, without the number of an instance.
std::string server_name(const manifest::Env& env);

// Throws Error (bad input) if it is none.
PublishRequest parse_publish(const std::string& text);

struct PlannedForward {
  Forward forward;
  bool movable = false;  // a default of the manifest: another free port will do
};

// The manifest's published ports, except those of environments that a request names, and the
// requests. Throws Error if a request fits no environment.
std::vector<PlannedForward> plan_forwards(const manifest::Reader& compiled,
                                          const std::vector<PublishRequest>& requests);

// Settles which ports of 127.0.0.1 are taken: a movable forward goes to the next free port, and
// `notes` says so; one that was asked for throws Error.
std::vector<Forward> settle_ports(const std::vector<PlannedForward>& planned,
                                  std::vector<std::string>& notes);

// Nobody listens on that port of 127.0.0.1 now.
bool port_is_free(std::uint32_t port);

}  // namespace exo
