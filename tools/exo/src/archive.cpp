// SPDX-License-Identifier: MIT
#include "archive.hpp"

#include <algorithm>
#include <cstring>

#include "base/archive.hpp"
#include "error.hpp"

namespace exo {

void ArchiveWriter::add(abi::ArchiveKind kind, const std::string& name, ByteVector data) {
  if (name.size() >= abi::kArchiveNameSize || items_.size() >= abi::kMaxArchiveEntries)
    fail("the boot archive cannot hold \"{}\"; use shorter names or fewer programs", name);
  Item item{{}, std::move(data)};
  std::copy(name.begin(), name.end(), item.entry.name);
  item.entry.kind = kind;
  item.entry.length = item.data.size();
  items_.push_back(std::move(item));
}

bool ArchiveWriter::has_program(const std::string& name) const {
  return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
    const bool is_program =
        item.entry.kind == abi::ArchiveKind::Root || item.entry.kind == abi::ArchiveKind::Program;
    return is_program && name == item.entry.name;
  });
}

std::uint64_t ArchiveWriter::size() const {
  std::uint64_t bytes =
      round_up(sizeof(abi::ArchiveHeader) + items_.size() * sizeof(abi::ArchiveEntry), abi::kPageSize);
  for (const Item& item : items_) bytes += round_up(item.data.size(), abi::kPageSize);
  return bytes;
}

ByteVector ArchiveWriter::finish(const ByteVector& kernel) const {
  ByteVector archive(size());
  std::uint64_t place = sizeof(abi::ArchiveHeader);
  std::uint64_t offset = round_up(place + items_.size() * sizeof(abi::ArchiveEntry), abi::kPageSize);
  for (const Item& item : items_) {
    abi::ArchiveEntry entry = item.entry;
    entry.offset = offset;
    std::memcpy(archive.data() + place, &entry, sizeof entry);
    std::copy(item.data.begin(), item.data.end(), archive.begin() + static_cast<std::ptrdiff_t>(offset));
    place += sizeof entry;
    offset += round_up(item.data.size(), abi::kPageSize);
  }
  abi::ArchiveHeader header{};
  header.magic = abi::kArchiveMagic;
  header.bytes = archive.size();
  header.kernel_bytes = kernel.size();
  header.version = abi::kArchiveVersion;
  header.entry_count = static_cast<abi::u32>(items_.size());
  header.frames_used = frames_used_;
  header.kernel_crc = base::crc32(kernel.data(), kernel.size());
  header.body_crc = base::crc32(archive.data() + sizeof header, archive.size() - sizeof header);
  std::memcpy(archive.data(), &header, sizeof header);
  auto& written = *reinterpret_cast<abi::ArchiveHeader*>(archive.data());
  written.header_crc = base::Archive::header_checksum(written);
  return archive;
}

}  // namespace exo
