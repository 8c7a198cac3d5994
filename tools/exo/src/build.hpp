// SPDX-License-Identifier: MIT
// From a manifest to the two files that make a machine: the image and its disk.
#pragma once
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

struct Built {
  std::string name;
  Path image;  // build/NAME.elf
  Path disk;   // build/NAME.disk
};

// Compiles what the manifests name (with visible progress, and not a word if all is up to date),
// then writes their images and disks. Nothing is compiled or written if one of them is wrong.
// `kernel`: which of the build folder's. Throws Error.
std::vector<Built> build_images(const std::vector<Path>& manifests, const std::string& kernel = "kernel.elf");

// A manifest from what a person names: the file itself, or the folder that holds exo.toml.
Path manifest_path(const Path& named);

// examples/*/exo.toml, sorted.
std::vector<Path> example_manifests();

}  // namespace exo
