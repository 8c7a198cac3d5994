// SPDX-License-Identifier: MIT
// One request, to look at its answer byte for byte.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "files.hpp"

namespace exo {

struct HttpAnswer {
  int status = 0;        // 0: nothing that is HTTP came in time
  std::size_t size = 0;  // of header and body
  ByteVector body;
};

// GET `path` from `address`:80 on a connection of its own that the server closes. `patience` is for the
// whole.
HttpAnswer http_get(const std::string& address, const std::string& path, std::chrono::milliseconds patience);

}  // namespace exo
