// SPDX-License-Identifier: MIT
// Writes a cpio archive in the form that Linux unpacks into its first root file system: "newc"
// (Documentation/driver-api/early-userspace/buffer-format.rst). Everything belongs to root.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "files.hpp"

namespace exo {

class CpioWriter {
 public:
  // Paths without a leading slash, each in a folder added before. `mode`: permission bits.
  void add_folder(std::string_view path);
  void add_file(std::string_view path, std::span<const std::uint8_t> content, unsigned mode = 0644);
  void add_text(std::string_view path, std::string_view content, unsigned mode = 0644);

  // The archive, closed.
  ByteVector finish() &&;

 private:
  void add(std::string_view path, unsigned mode, std::span<const std::uint8_t> content);

  ByteVector bytes_;
  unsigned next_inode_ = 1;
};

}  // namespace exo
