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
  return s.directory_blocks <= s.blocks - 1 && s.sum_blocks <= s.blocks - 1 - s.directory_blocks;
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

Error Sums::open(const Superblock& super, std::span<const u8> bytes) {
  const u64 needed = u64{super.sum_blocks} * kBlock;
  if (bytes.size() < needed) return Error::TooShort;
  if (reinterpret_cast<u64>(bytes.data()) % alignof(u32) != 0) return Error::Misaligned;
  if (super.sums_crc != base::crc32(bytes.data(), needed)) return Error::BadSumsCrc;
  sums_ = reinterpret_cast<const u32*>(bytes.data());
  return Error::None;
}

bool Sums::intact(u32 run, std::span<const u8> bytes) const {
  return base::crc32(bytes.data(), bytes.size()) == sums_[run];
}

namespace {

// A file's runs and its bytes.
bool file_is_intact(const Entry& entry, const Sums& sums, std::span<const u8> pack) {
  const u64 first = u64{entry.first_block} * kBlock, end = first + file_blocks(entry.length) * kBlock;
  constexpr u64 kRun = u64{kRunBlocks} * kBlock;
  u32 run = entry.first_run;
  for (u64 at = first; at < end; at += kRun)
    if (!sums.intact(run++, pack.subspan(at, end - at < kRun ? end - at : kRun))) return false;
  return intact(entry, pack.subspan(entry.length == 0 ? 0 : first + kHeadroom, entry.length));
}

}  // namespace

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
  Sums sums;
  const Error summed = sums.open(super, pack.subspan(content, end - content));
  if (summed != Error::None) return summed;
  for (u32 i = 0; i < files.size(); i++)
    if (!file_is_intact(files.at(i), sums, pack)) return Error::BadContentCrc;
  return Error::None;
}

}  // namespace pack
