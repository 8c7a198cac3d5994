// SPDX-License-Identifier: MIT
// Whole files as bytes, and writing them so that nobody ever sees half of one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

using Path = std::filesystem::path;
using ByteVector = std::vector<std::uint8_t>;

// Throws Error (bad input) if the file cannot be read.
ByteVector read_file(const Path& path);
std::string read_text(const Path& path);

// Writes a new file beside it and renames it over `path`, unless `path` holds exactly these bytes
// already. True if it was written. Throws Error.
bool write_if_changed(const Path& path, std::span<const std::uint8_t> bytes);
void write_text(const Path& path, std::string_view text);

// A folder under /tmp that goes away with all that is in it. Throws Error.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const Path& path() const { return path_; }

 private:
  Path path_;
};

}  // namespace exo
