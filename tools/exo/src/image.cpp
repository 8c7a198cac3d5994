// SPDX-License-Identifier: MIT
#include "image.hpp"

#include <algorithm>
#include <cstring>

#include "error.hpp"

namespace exo {

namespace {

// The PT_LOAD that stands for the archive: the one of section .archive, or the last in the table.
std::size_t archive_segment(const ElfFile& kernel) {
  const auto& segments = kernel.segments();
  const auto section = kernel.section(".archive");
  std::size_t found = segments.size();
  for (std::size_t i = 0; i < segments.size(); i++) {
    if (segments[i].p_type != PT_LOAD) continue;
    if (!section || segments[i].p_vaddr == section->sh_addr) found = i;
  }
  if (found == segments.size() || segments[found].p_filesz > abi::kPageSize ||
      segments[found].p_paddr % abi::kPageSize != 0)
    fail("{}: no PT_LOAD for the boot archive at its end; check the kernel's linker script",
         kernel.path().string());
  for (const Elf64_Phdr& other : segments)
    if (other.p_type == PT_LOAD && other.p_paddr > segments[found].p_paddr)
      fail("{}: the boot archive would overwrite a segment after it; check the kernel's linker script",
           kernel.path().string());
  return found;
}

// Where the archive starts in an image: it is page-aligned and ends with the file. Found by its
// checked header, so that damage elsewhere does not hide it.
base::Archive find_archive(const Path& path, const ByteVector& bytes) {
  for (std::uint64_t offset = 0; offset + abi::kPageSize <= bytes.size(); offset += abi::kPageSize) {
    const auto archive = base::Archive::open(bytes.data() + offset, bytes.size() - offset);
    if (archive.ok() && archive.value().header().kernel_bytes == offset) return archive.value();
  }
  bad_input("{}: not an image, or its boot archive is damaged or cut short; build it again with ./exo build",
            path.string());
}

void expect_checksum(const Path& path, const char* part, std::uint32_t expected, std::uint32_t found) {
  if (expected != found)
    bad_input("{}: damaged: the checksum of {} is {:08x}, expected {:08x}; build it again with ./exo build",
              path.string(), part, found, expected);
}

}  // namespace

ByteVector make_image(const ElfFile& kernel, const ArchiveWriter& archive) {
  const std::size_t place = archive_segment(kernel);
  ByteVector image = kernel.bare();
  image.resize(round_up(image.size(), abi::kPageSize));
  Elf64_Phdr segment = kernel.segments()[place];
  segment.p_offset = image.size();
  segment.p_filesz = segment.p_memsz = archive.size();
  segment.p_align = abi::kPageSize;
  std::memcpy(image.data() + kernel.header().e_phoff + place * sizeof segment, &segment, sizeof segment);
  const ByteVector appended = archive.finish(image);
  image.insert(image.end(), appended.begin(), appended.end());
  return image;
}

Image Image::read(const Path& path) { return Image(path, read_file(path)); }

Image::Image(const Path& path, ByteVector bytes) : bytes_(std::move(bytes)) {
  archive_ = find_archive(path, bytes_);
  const abi::ArchiveHeader& header = archive_.header();
  expect_checksum(path, "the boot archive", header.body_crc, archive_.checksum());
  expect_checksum(path, "the kernel", header.kernel_crc, base::crc32(bytes_.data(), header.kernel_bytes));
  const abi::ArchiveEntry* entry = archive_.find(abi::ArchiveKind::Manifest);
  if (entry == nullptr) bad_input("{}: no manifest in it; build it again with ./exo build", path.string());
  const base::Bytes compiled = archive_.bytes(*entry);
  const auto reader = manifest::Reader::open(compiled.data, compiled.size);
  if (!reader.ok())
    bad_input("{}: its manifest is of another version; build it again with ./exo build", path.string());
  manifest_ = reader.value();
}

}  // namespace exo
