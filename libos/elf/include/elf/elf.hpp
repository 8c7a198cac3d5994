// SPDX-License-Identifier: MIT
// Reads a statically linked ELF64 x86-64 executable in place (System V gABI, chapters 4 and 5), every
// field checked: what segments() and entries() give lies inside the file and inside user space.
// Used by whoever loads a program. Pure: no system calls, no copies.
#pragma once
#include <span>

#include "abi/env.hpp"
#include "base/result.hpp"

namespace elf {
using namespace abi;

// A PT_LOAD: `bytes` of the file at `address`, then zeros up to `memory_size`.
struct Segment {
  u64 address;      // page aligned
  u64 memory_size;  // > 0, >= bytes.size()
  std::span<const u8> bytes;
  u32 rights;  // kRead, kWrite, kExecute; never kWrite and kExecute together
  u64 pages() const { return (memory_size + kPageSize - 1) / kPageSize; }
};

inline constexpr u32 kMaxSegments = 8;

class Program {
 public:
  // BadArgument: not an executable for this machine, or one whose segments are misaligned, overlap,
  // are out of order, or are writable and executable; OutOfRange: an offset, address or length that
  // does not fit; NoSpace: more than kMaxSegments. `file` is 8-byte aligned.
  static base::Result<Program> open(std::span<const u8> file);

  std::span<const Segment> segments() const { return {segments_, count_}; }
  u64 base() const { return segments_[0].address; }
  u64 end() const { return segments_[count_ - 1].address + segments_[count_ - 1].pages() * kPageSize; }
  // The table in front of the entry point. Its addresses are checked when the kernel gets them.
  const EntryTable& entries() const { return *entries_; }

  constexpr Program() = default;  // nothing; what Result holds beside an error

 private:
  base::Status add(std::span<const u8> file, const u8* header);
  base::Status find_entries(u64 entry);

  Segment segments_[kMaxSegments] = {};
  u32 count_ = 0;
  const EntryTable* entries_ = nullptr;
};

}  // namespace elf
