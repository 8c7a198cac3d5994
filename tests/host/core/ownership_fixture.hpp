// SPDX-License-Identifier: MIT
// A disk in memory with an ownership table on it, as the kernel's asynchronous task would use it.
#pragma once
#include <array>
#include <cstring>

#include "fixture.hpp"
#include "kernel/core/ownership_pages.hpp"

namespace test {

inline constexpr u64 kTableStart = 40;
inline constexpr u64 kTableBlocks = 8000;
inline constexpr u64 kTableOwn = kOwnershipBytes / kBlockSize;
inline constexpr u64 kFirstOwned = kTableStart + kTableOwn;
inline constexpr u32 kBothCopies = 2 * kExtentPages;

// What the table's pages hold on the disk.
using DiskPages = std::array<std::array<u8, kPageSize>, kBothCopies>;

class Ownership : public Core {
 protected:
  DiskPages disk_{};
  u32 table_ = 0;

  void SetUp() override {
    Core::SetUp();
    format(77);
  }
  static void write(DiskPages& disk, u32 copy, u32 number, const ExtentPage& page) {
    std::memcpy(disk[copy * kExtentPages + number].data(), &page, sizeof page);
  }
  void format(u64 id) {
    table_ = ownership_begin(kDisk, kTableStart, kTableBlocks).value();
    for (u32 i = kExtentPages; i-- > 0;) {
      ExtentPage page;
      ownership_empty(table_, id, i, page);
      write(disk_, 0, i, page);
      write(disk_, 1, i, page);
    }
    ownership_formatted(table_, id);
  }
  // Reads the table from `disk`, as after a boot.
  Status recover(const DiskPages& disk) {
    if (ownership_table(kDisk) != kNone) ownership_forget(table_);
    table_ = ownership_begin(kDisk, kTableStart, kTableBlocks).value();
    Status worst = Status::Ok;
    for (u32 i = 0; i < kExtentPages; i++) {
      ExtentPage a, b;
      std::memcpy(&a, disk[i].data(), sizeof a);
      std::memcpy(&b, disk[kExtentPages + i].data(), sizeof b);
      if (const Status status = ownership_load(table_, i, a, b); status != Status::Ok) worst = status;
    }
    const Status status = ownership_end(table_, worst);
    if (status == Status::NotFound) ownership_forget(table_);
    return status;
  }
  void update(const ExtentChange& change) {
    ExtentPage page;
    ownership_encode(change, page);
    write(disk_, ownership_older_copy(change), change.number[0] / kExtentsPerPage, page);
    ownership_commit(change);
  }
  // Start of the blocks, 0: refused.
  u64 allocate(u64 count, u64 wanted = 0, u64 owner = 1) {
    ExtentChange change;
    if (ownership_plan_allocate(table_, 0, ~0ul, wanted, count, owner, 0, change) != Status::Ok) return 0;
    update(change);
    return change.entry[0].start;
  }
  Status release(u64 start, u64 count) {
    ExtentChange change;
    const Status status = ownership_plan_release(table_, start, count, change);
    if (status == Status::Ok) update(change);
    return status;
  }
};

// What a table says, apart from how it got there.
struct Snapshot {
  std::array<ExtentEntry, kExtentsPerTable> entries;
  bool operator==(const Snapshot& other) const {
    return std::memcmp(entries.data(), other.entries.data(), sizeof entries) == 0;
  }
};
inline Snapshot snapshot(u32 table) {
  Snapshot s;
  for (u32 i = 0; i < kExtentsPerTable; i++) s.entries[i] = ownership_entry(table, i);
  return s;
}

}  // namespace test
