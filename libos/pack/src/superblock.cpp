// SPDX-License-Identifier: MIT
#include "base/crc32.hpp"
#include "base/memory.hpp"
#include "pack/reader.hpp"

namespace pack {

namespace {

bool all_zero(const u8* bytes, u64 count) {
  for (u64 i = 0; i < count; i++)
    if (bytes[i] != 0) return false;
  return true;
}

bool layout_fits(const Superblock& s, u64 extent_blocks) {
  if (s.files > kMaxFiles || s.blocks == 0 || s.blocks > extent_blocks) return false;
  if (s.directory_blocks != blocks_of(s.files * sizeof(Entry))) return false;
  return s.directory_blocks <= s.blocks - 1;
}

}  // namespace

Error read_superblock(std::span<const u8> block, u64 extent_blocks, Superblock& out) {
  if (block.size() < sizeof(Superblock)) return Error::TooShort;
  Superblock s;
  memcpy(&s, block.data(), sizeof s);
  if (s.magic != kMagic) return Error::BadMagic;
  if (s.version != kVersion) return Error::BadVersion;
  if (s.header_crc != base::crc32(block.data(), __builtin_offsetof(Superblock, header_crc)))
    return Error::BadHeaderCrc;
  if (!layout_fits(s, extent_blocks) || !all_zero(s.zero, sizeof s.zero)) return Error::BadLayout;
  memcpy(&out, &s, sizeof s);
  return Error::None;
}

Error check(std::span<const u8> pack) {
  Superblock super;
  const Error header = read_superblock(pack, pack.size() / kBlock, super);
  if (header != Error::None) return header;
  const u64 directory = kBlock, content = directory + u64{super.directory_blocks} * kBlock;
  Directory files;
  const Error listed = files.open(super, pack.subspan(directory, content - directory));
  if (listed != Error::None) return listed;
  const u64 end = u64{super.blocks} * kBlock;
  if (super.content_crc != base::crc32(pack.data() + content, end - content)) return Error::BadContentCrc;
  for (u32 i = 0; i < files.size(); i++) {
    const Entry& entry = files.at(i);
    if (!intact(entry, pack.subspan(u64{entry.first_block} * kBlock, entry.length)))
      return Error::BadContentCrc;
  }
  return Error::None;
}

}  // namespace pack
