// SPDX-License-Identifier: MIT
// Reading a pack: check the superblock, then the directory, then look up paths and check each file
// when it has been read. Nothing of it is used before it has been checked; all functions take what
// the caller has read from the disk and do no input of their own.
#pragma once
#include <span>
#include <string_view>

#include "pack/format.hpp"

namespace pack {

enum class Error : u8 {
  None = 0,
  TooShort,    // fewer bytes than the structure needs
  Misaligned,  // the memory is not 8-byte aligned
  BadMagic,    // not a pack
  BadVersion,  // a pack of another version
  BadHeaderCrc,
  BadLayout,  // the superblock's numbers do not fit together or into the extent
  BadDirectoryCrc,
  BadEntry,     // a path or a reserved field is malformed
  NotSorted,    // paths out of order or twice
  OutOfBounds,  // a file outside the content, or over another one
  BadContentCrc,
  BadSumsCrc,
};
// One line for people.
std::string_view describe(Error error);

// Checks block 0 of an extent of `extent_blocks` (4 KiB each) and copies it to `out`.
Error read_superblock(std::span<const u8> block, u64 extent_blocks, Superblock& out);

class Directory {
 public:
  constexpr Directory() = default;
  // `bytes`: the superblock's directory_blocks, 8-byte aligned, which must outlive this and stay as
  // they are.
  Error open(const Superblock& superblock, std::span<const u8> bytes);

  u32 size() const { return files_; }
  const Entry& at(u32 index) const { return entries_[index]; }  // index < size()
  static std::string_view path(const Entry& entry) { return {entry.path, entry.path_length}; }

  // The file at exactly `path` (relative, no leading '/') followed by `tail`, or nullptr.
  const Entry* find(std::string_view path, std::string_view tail = {}) const;
  u32 index(const Entry& entry) const { return static_cast<u32>(&entry - entries_); }
  u32 runs() const { return runs_; }  // of all files

  enum class Match : u8 { Nothing, File, Directory };
  struct Resolved {
    Match match;
    const Entry* entry;  // of a File
  };
  // What a URL path means: "/a" the file a; "/a/" and "/" the index.html there; "/a" where only
  // a/index.html exists: Directory.
  Resolved resolve(std::string_view url_path) const;

 private:
  u32 lower_bound(std::string_view path, std::string_view rest) const;

  const Entry* entries_ = nullptr;
  u32 files_ = 0;
  u32 runs_ = 0;
};

// The checksums of runs.
class Sums {
 public:
  constexpr Sums() = default;
  // `bytes`: the superblock's sum_blocks, 4-byte aligned, which must outlive this and stay as they are.
  Error open(const Superblock& superblock, std::span<const u8> bytes);
  // Whether `bytes`, whole blocks, are run number `run` (< Directory::runs()) as it was packed.
  bool intact(u32 run, std::span<const u8> bytes) const;

 private:
  const u32* sums_ = nullptr;
};

// Whether `bytes`, the file's length of them, are what was packed.
bool intact(const Entry& entry, std::span<const u8> bytes);
// Checks everything in a whole pack in memory (8-byte aligned).
Error check(std::span<const u8> pack);

}  // namespace pack
