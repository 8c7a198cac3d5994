// SPDX-License-Identifier: MIT
// Packages of Debian as they come from its archive, unpacked beside the build and not installed: a guest
// needs them, not the host.
#pragma once
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

// The package that the meta package `name` stands for now: its first dependency. Throws Error.
std::string real_package(const std::string& name);

// Downloads the package with apt-get unless `cache` has it, and unpacks from it what fits the patterns of
// tar (all if empty) into `cache`/NAME. Gives that folder. Throws Error.
Path fetch_package(const std::string& name, const Path& cache, const std::vector<std::string>& patterns = {});

}  // namespace exo
