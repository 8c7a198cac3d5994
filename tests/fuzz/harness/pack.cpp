// SPDX-License-Identifier: MIT
// File packs: whatever superblock and directory are taken, every path in it is found and every file lies
// inside.
// sources: libos/pack/src/superblock.cpp libos/pack/src/directory.cpp libos/pack/src/describe.cpp
//
// Input: a byte that says whether the superblock is mended and whether its checksum is, the superblock's
// fields, and the directory's entries.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/crc32.hpp"
#include "pack/reader.hpp"

namespace {

volatile bool sink;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::size_t kFields = 44;  // bytes of the superblock before its zeros
constexpr abi::u32 kContent = 8;     // blocks behind the directory

void use(const pack::Superblock& superblock, std::span<const abi::u8> bytes) {
  const std::size_t length = std::size_t{superblock.directory_blocks} * pack::kBlock;
  if (length > bytes.size() - pack::kBlock) return;
  pack::Directory directory;
  if (directory.open(superblock, bytes.subspan(pack::kBlock, length)) != pack::Error::None) return;
  for (abi::u32 i = 0; i < directory.size(); i++) {
    const pack::Entry& entry = directory.at(i);
    const std::string path(pack::Directory::path(entry));
    require(directory.find(path) == &entry);
    require(directory.resolve("/" + path).match != pack::Directory::Match::Nothing);
    if (entry.length != 0)
      require(entry.first_block > superblock.directory_blocks + superblock.sum_blocks &&
              pack::file_blocks(entry.length) <= superblock.blocks - entry.first_block);
  }
}

void try_open(std::span<const abi::u8> bytes) {
  sink = pack::describe(pack::check(bytes)).empty();
  pack::Superblock superblock;
  const auto blocks = bytes.size() / pack::kBlock;
  if (pack::read_superblock(bytes.first(pack::kBlock), blocks, superblock) == pack::Error::None)
    use(superblock, bytes);
}

void mend(pack::Superblock& superblock, abi::u32 files, std::span<const abi::u8> bytes) {
  superblock.magic = pack::kMagic;
  superblock.version = pack::kVersion;
  superblock.files = files;
  superblock.directory_blocks = static_cast<abi::u32>(pack::blocks_of(files * sizeof(pack::Entry)));
  superblock.sum_blocks = files > 0 ? 1 : 0;
  superblock.blocks = 1 + superblock.directory_blocks + kContent;
  superblock.directory_crc =
      base::crc32(bytes.data() + pack::kBlock, superblock.directory_blocks * pack::kBlock);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kFields + 1) return 0;
  const std::size_t listed = size - kFields - 1;
  const auto files = static_cast<abi::u32>(listed / sizeof(pack::Entry));
  const std::size_t blocks = 1 + pack::blocks_of(listed) + kContent;
  std::vector<std::uint64_t> memory(blocks * pack::kBlock / 8);
  auto* bytes = reinterpret_cast<abi::u8*>(memory.data());
  auto& superblock = *reinterpret_cast<pack::Superblock*>(bytes);
  std::memcpy(bytes, data + 1, kFields);
  std::memcpy(bytes + pack::kBlock, data + 1 + kFields, listed);
  if ((data[0] & 1) != 0) mend(superblock, files, {bytes, blocks * pack::kBlock});
  if ((data[0] & 2) != 0)
    superblock.header_crc = base::crc32(bytes, __builtin_offsetof(pack::Superblock, header_crc));
  try_open({bytes, blocks * pack::kBlock});
  return 0;
}
