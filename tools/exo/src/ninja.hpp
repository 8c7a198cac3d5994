// SPDX-License-Identifier: MIT
// Compiling what the tree is made of: ninja in the build folder, heard only where it has work.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace exo {

// Builds targets, with visible progress. An empty list means all. Throws Error if that fails.
void run_ninja(const std::vector<std::string>& targets);

// Everything that ninja can make, by name: "kernel.elf", "programs/web".
std::set<std::string> known_targets();

}  // namespace exo
