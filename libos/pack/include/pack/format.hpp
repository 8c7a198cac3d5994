// SPDX-License-Identifier: MIT
// The pack format: a folder of files, read-only, in one run of 4 KiB blocks of a disk. Block 0 is
// the superblock, then comes the directory (entries sorted by path), then the checksums of runs, then the
// files' bytes, in an order of their own: each entry names the one whose bytes are behind its own. In front
// of each file is headroom, so that who has read its first block can put a header there and send both as one
// piece. A run is what is read and checked at a time: kRunBlocks blocks of a file, the last one fewer.
// Numbers are little-endian; block numbers count from the superblock. Every byte is under a CRC-32
// (base/crc32.hpp); unused bytes are zero.
#pragma once
#include "abi/types.hpp"

namespace pack {

using namespace abi;

inline constexpr u32 kBlock = 4096;
inline constexpr u64 kMagic = 0x004b4341504f5845;  // "EXOPACK\0" as bytes
inline constexpr u32 kVersion = 3;
inline constexpr u32 kMaxPath = 216;  // bytes of a path
inline constexpr u32 kMaxFiles = 65536;
inline constexpr u32 kEntriesPerBlock = 16;
inline constexpr u32 kHeadroom = 512;  // bytes in a file's first block before its own
inline constexpr u32 kRunBlocks = 16;

struct Superblock {
  u64 magic;
  u32 version;
  u32 blocks;            // of the whole pack, this one included
  u32 files;             // entries of the directory
  u32 directory_blocks;  // from block 1 on
  u32 directory_crc;     // of those blocks
  u32 content_crc;       // of all blocks after the directory
  u32 sum_blocks;        // behind the directory: the CRC of each run, in the order of their blocks
  u32 sums_crc;          // of those blocks
  u32 first_file;        // whose bytes come first: number in the directory + 1; 0: there are no bytes
  u8 zero[kBlock - 48];
  u32 header_crc;  // of this block's bytes before this field
};
static_assert(sizeof(Superblock) == kBlock && __has_unique_object_representations(Superblock));

// A file. Its path is relative: parts joined by '/', none of them empty, "." or "..".
struct Entry {
  char path[kMaxPath];  // zero behind the text
  u32 path_length;      // 1..kMaxPath
  u32 first_block;      // its headroom is there, and then its bytes; 0 for an empty file
  u64 length;           // bytes
  u64 modified;         // seconds since 1970
  u32 crc;              // of its bytes
  u32 first_run;        // number of its first checksum; 0 for an empty file
  u32 next;             // the file whose bytes follow: number in the directory + 1; 0: none, or it is empty
  u32 zero;
};
static_assert(sizeof(Entry) == 256 && kEntriesPerBlock * sizeof(Entry) == kBlock);
static_assert(__has_unique_object_representations(Entry));

constexpr u64 blocks_of(u64 bytes) { return bytes / kBlock + (bytes % kBlock != 0 ? 1 : 0); }
// Blocks and runs that a file of `length` bytes takes.
constexpr u64 file_blocks(u64 length) {
  return length == 0 ? 0 : blocks_of(length) + (blocks_of(length) * kBlock - length < kHeadroom ? 1 : 0);
}
constexpr u64 file_runs(u64 length) { return (file_blocks(length) + kRunBlocks - 1) / kRunBlocks; }

}  // namespace pack
