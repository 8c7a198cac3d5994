// SPDX-License-Identifier: MIT
#include "paths.hpp"

namespace exo {

Path source_folder() { return EXO_SOURCE_DIR; }
Path build_folder() { return EXO_BUILD_DIR; }

std::string shown(const Path& path) {
  const Path relative = std::filesystem::absolute(path).lexically_relative(std::filesystem::current_path());
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

}  // namespace exo
