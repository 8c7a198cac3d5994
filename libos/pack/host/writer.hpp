// SPDX-License-Identifier: MIT
// Building a pack on the host, from a folder or from a list of files. Not for the machine itself:
// uses the whole C++ library. Include as "libos/pack/host/writer.hpp".
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "pack/format.hpp"

namespace pack {

struct File {
  std::string path;  // relative, '/' between parts
  u64 modified;      // seconds since 1970
  std::vector<u8> bytes;
};

// The pack of `files`, whose order does not matter: they are laid out in the order of use (order.hpp), which
// a file
// "_order" among them may begin; it is no part of the pack. Throws std::runtime_error with one line that says
// what is wrong: a bad or doubled path, too many files, or more than `max_bytes` in all.
std::vector<u8> build(std::vector<File> files, u64 max_bytes);

// The pack of all regular files below `folder`. Names that begin with '.' are left out; symbolic
// links are followed to files inside the folder only, else refused.
std::vector<u8> build(const std::filesystem::path& folder, u64 max_bytes);

}  // namespace pack
