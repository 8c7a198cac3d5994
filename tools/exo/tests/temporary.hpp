// SPDX-License-Identifier: MIT
// A folder that is gone after the test.
#pragma once
#include <cstdlib>

#include "files.hpp"

namespace exo {

struct TemporaryFolder {
  Path path;
  TemporaryFolder() {
    char name[] = "/tmp/exo-unit-XXXXXX";
    path = ::mkdtemp(name);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

}  // namespace exo
