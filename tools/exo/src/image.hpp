// SPDX-License-Identifier: MIT
// An image: the kernel's ELF file, bare, and the boot archive appended and named by the last
// PT_LOAD, so that a PVH loader brings both. One file that boots.
#pragma once
#include "archive.hpp"
#include "base/archive.hpp"
#include "elf_file.hpp"
#include "manifest/reader.hpp"

namespace exo {

// Throws Error if the kernel has no place for an archive.
ByteVector make_image(const ElfFile& kernel, const ArchiveWriter& archive);

// An image read back, whole and undamaged.
class Image {
 public:
  // Throws Error (bad input) if it is none, or if a checksum differs: both are named.
  static Image read(const Path& path);
  Image(const Path& path, ByteVector bytes);
  Image(Image&&) = default;  // no copies: the readers point into bytes_

  const manifest::Reader& manifest() const { return manifest_; }
  const base::Archive& archive() const { return archive_; }

 private:
  ByteVector bytes_;
  base::Archive archive_;
  manifest::Reader manifest_;
};

}  // namespace exo
