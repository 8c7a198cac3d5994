// SPDX-License-Identifier: MIT
#include "cpio.hpp"

#include <fmt/format.h>

namespace exo {

namespace {

constexpr unsigned kFolder = 0040000;
constexpr unsigned kRegular = 0100000;

void pad(ByteVector& bytes) { bytes.resize((bytes.size() + 3) / 4 * 4); }

}  // namespace

void CpioWriter::add_folder(std::string_view path) { add(path, kFolder | 0755, {}); }

void CpioWriter::add_file(std::string_view path, std::span<const std::uint8_t> content, unsigned mode) {
  add(path, kRegular | mode, content);
}

void CpioWriter::add_text(std::string_view path, std::string_view content, unsigned mode) {
  add_file(path, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()}, mode);
}

// Header of 13 numbers of 8 hexadecimal digits behind the magic; then name and content, each from a multiple
// of 4.
void CpioWriter::add(std::string_view path, unsigned mode, std::span<const std::uint8_t> content) {
  const unsigned links = (mode & kFolder) != 0 ? 2 : 1;
  const std::string header =
      fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                  next_inode_++, mode, 0, 0, links, 0, content.size(), 0, 0, 0, 0, path.size() + 1, 0);
  bytes_.insert(bytes_.end(), header.begin(), header.end());
  bytes_.insert(bytes_.end(), path.begin(), path.end());
  bytes_.push_back(0);
  pad(bytes_);
  bytes_.insert(bytes_.end(), content.begin(), content.end());
  pad(bytes_);
}

ByteVector CpioWriter::finish() && {
  add("TRAILER!!!", 0, {});
  return std::move(bytes_);
}

}  // namespace exo
