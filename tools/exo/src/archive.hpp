// SPDX-License-Identifier: MIT
// Puts a boot archive together (abi/archive.hpp).
#pragma once
#include <string>
#include <vector>

#include "abi/archive.hpp"
#include "files.hpp"

namespace exo {

class ArchiveWriter {
 public:
  // `name` has fewer than abi::kArchiveNameSize characters.
  void add(abi::ArchiveKind kind, const std::string& name, ByteVector data);
  bool has_program(const std::string& name) const;

  // Bytes of the archive that finish() will give.
  std::uint64_t size() const;
  // `kernel` is what precedes the archive in the image; its checksum goes into the header.
  ByteVector finish(const ByteVector& kernel) const;
  // The kernel is to use no more memory than that, in bytes; 0: all.
  void limit_memory(std::uint64_t bytes) { frames_used_ = static_cast<abi::u32>(bytes / abi::kPageSize); }

 private:
  struct Item {
    abi::ArchiveEntry entry;
    ByteVector data;
  };
  std::vector<Item> items_;
  abi::u32 frames_used_ = 0;
};

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace exo
