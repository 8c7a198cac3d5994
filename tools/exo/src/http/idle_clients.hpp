// SPDX-License-Identifier: MIT
// Clients that connect to a server and then say nothing.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "process.hpp"

namespace exo {

class IdleClients {
 public:
  // Opens so many connections to `address`:80. Throws Error if one is refused, or comes to nothing within a
  // minute, or this process may not have so many.
  IdleClients(const std::string& address, std::uint32_t count);

  // Those that the server has ended meanwhile, or said something to.
  std::uint32_t disturbed() const;

 private:
  std::vector<Handle> handles_;
};

}  // namespace exo
