// SPDX-License-Identifier: MIT
// The boot archive: whatever open() takes, every entry of it lies inside.
//
// Input: an archive. It is tried as it is, and again with its magic, version and header checksum mended.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/archive.hpp"

namespace {

volatile abi::u64 sink;

void use(const base::Archive& archive, const std::uint8_t* begin, std::size_t size) {
  for (abi::u32 i = 0; i < archive.header().entry_count; i++) {
    const base::Bytes bytes = archive.bytes(archive.entry(i));
    if (bytes.data < begin || bytes.data > begin + size || bytes.size > size - (bytes.data - begin))
      std::abort();
    abi::u64 sum = 0;
    for (abi::u64 at = 0; at < bytes.size; at++) sum += bytes.data[at];
    sink = sum;
    const abi::ArchiveEntry* found = archive.find_program(archive.entry(i).name);
    if (found != nullptr && std::strcmp(found->name, archive.entry(i).name) != 0) std::abort();
  }
  for (const auto kind : {abi::ArchiveKind::Root, abi::ArchiveKind::Manifest, abi::ArchiveKind::Symbols})
    if (const abi::ArchiveEntry* entry = archive.find(kind); entry != nullptr && entry->kind != kind)
      std::abort();
  sink = archive.checksum();
}

void try_open(std::vector<std::uint64_t>& memory, std::size_t size) {
  const auto* data = reinterpret_cast<const abi::u8*>(memory.data());
  const auto archive = base::Archive::open(data, size);
  if (archive.ok()) use(archive.value(), data, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint64_t> memory(size / 8 + 1);
  std::memcpy(memory.data(), data, size);
  try_open(memory, size);
  if (size < sizeof(abi::ArchiveHeader)) return 0;
  auto& header = *reinterpret_cast<abi::ArchiveHeader*>(memory.data());
  header.magic = abi::kArchiveMagic;
  header.version = abi::kArchiveVersion;
  header.header_crc = base::Archive::header_checksum(header);
  try_open(memory, size);
  return 0;
}
