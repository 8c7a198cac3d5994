// SPDX-License-Identifier: MIT
// Where things are in the tree that this tool was built in.
#pragma once
#include "files.hpp"

namespace exo {

Path source_folder();
Path build_folder();

// Shorter where possible: relative to the current folder if `path` is inside it.
std::string shown(const Path& path);

}  // namespace exo
