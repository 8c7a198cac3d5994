// SPDX-License-Identifier: MIT
// Where the extents of a manifest lie on the disk: those with an offset where they say, the others
// in order into the first gap that holds them, from 1 MiB on.
#pragma once
#include <vector>

#include "manifest.hpp"

namespace exo {

struct Placement {
  std::uint64_t offset = 0;  // bytes from the start of the disk
  std::uint64_t bytes = 0;   // 0: the environment has no extent
};

// One placement per environment, in the manifest's order. Throws Error if two overlap or one does
// not fit the disk.
std::vector<Placement> lay_out(const Manifest& manifest);

}  // namespace exo
