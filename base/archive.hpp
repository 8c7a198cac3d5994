// SPDX-License-Identifier: MIT
// Reads the boot archive (abi/archive.hpp) in place, every offset checked. For the kernel, which
// takes the root program and its symbols from it, for the root environment, and for the host tool.
#pragma once
#include "abi/archive.hpp"
#include "base/crc32.hpp"
#include "base/result.hpp"

namespace base {

// Bytes of one entry.
struct Bytes {
  const abi::u8* data = nullptr;
  abi::u64 size = 0;
};

class Archive {
 public:
  // `data` is 8-byte aligned; `bytes` may be more than the archive has. BadArgument: not an archive
  // of this version, or its header's checksum is wrong; OutOfRange: an offset or length that does
  // not fit. Does not read the body: see checksum().
  static Result<Archive> open(const abi::u8* data, abi::u64 bytes) {
    if (bytes < sizeof(abi::ArchiveHeader)) return Status::OutOfRange;
    Archive archive;
    archive.data_ = data;
    const abi::ArchiveHeader& header = archive.header();
    if (header.magic != abi::kArchiveMagic || header.version != abi::kArchiveVersion)
      return Status::BadArgument;
    if (header.header_crc != header_checksum(header)) return Status::BadArgument;
    if (header.bytes > bytes || header.bytes % abi::kPageSize != 0) return Status::OutOfRange;
    if (header.entry_count > abi::kMaxArchiveEntries) return Status::OutOfRange;
    if (header.bytes < sizeof header + header.entry_count * sizeof(abi::ArchiveEntry))
      return Status::OutOfRange;
    for (abi::u32 i = 0; i < header.entry_count; i++) {
      const abi::ArchiveEntry& e = archive.entry(i);
      if (e.offset % abi::kPageSize != 0 || e.offset > header.bytes) return Status::OutOfRange;
      if (e.length > header.bytes - e.offset || e.name[abi::kArchiveNameSize - 1] != 0)
        return Status::OutOfRange;
    }
    return archive;
  }

  static abi::u32 header_checksum(const abi::ArchiveHeader& header) {
    return crc32(reinterpret_cast<const abi::u8*>(&header),
                 __builtin_offsetof(abi::ArchiveHeader, header_crc));
  }

  const abi::ArchiveHeader& header() const { return *reinterpret_cast<const abi::ArchiveHeader*>(data_); }
  // i < header().entry_count.
  const abi::ArchiveEntry& entry(abi::u32 i) const {
    return reinterpret_cast<const abi::ArchiveEntry*>(data_ + sizeof(abi::ArchiveHeader))[i];
  }
  Bytes bytes(const abi::ArchiveEntry& e) const { return {data_ + e.offset, e.length}; }

  // CRC of the body as it is now; undamaged if it equals header().body_crc.
  abi::u32 checksum() const {
    return crc32(data_ + sizeof(abi::ArchiveHeader), header().bytes - sizeof(abi::ArchiveHeader));
  }

  // First entry of that kind, nullptr if there is none.
  const abi::ArchiveEntry* find(abi::ArchiveKind kind) const {
    for (abi::u32 i = 0; i < header().entry_count; i++)
      if (entry(i).kind == kind) return &entry(i);
    return nullptr;
  }
  // The program (of kind Root or Program) of that name, nullptr if there is none.
  const abi::ArchiveEntry* find_program(const char* name) const {
    for (abi::u32 i = 0; i < header().entry_count; i++) {
      const abi::ArchiveEntry& e = entry(i);
      if ((e.kind == abi::ArchiveKind::Root || e.kind == abi::ArchiveKind::Program) && same(e.name, name))
        return &e;
    }
    return nullptr;
  }

  constexpr Archive() = default;  // no archive; what Result holds beside an error

 private:
  static constexpr bool same(const char* a, const char* b) {
    for (; *a != 0 && *a == *b; a++) b++;
    return *a == *b;
  }
  const abi::u8* data_ = nullptr;
};

}  // namespace base
