// SPDX-License-Identifier: MIT
// Space: the Backing of a pager on the real machine. A window of addresses with page tables of its own,
// which it maps read-only for itself to see the processor's accessed and dirty bits, and a copy of
// each page in the environment's extent: page i in block i * kPageSize / block size.
#pragma once
#include "abi/frame.hpp"
#include "base/result.hpp"
#include "blk/queue.hpp"
#include "pager/page.hpp"

namespace pager {
using base::Result;
using base::Status;

class Space {
 public:
  static constexpr u64 kBase = 2ul << 39;            // an L4 slot of its own
  static constexpr u64 kView = kBase + (1ul << 30);  // where the page tables can be read
  static constexpr u32 kMostPages = 16u << 9;        // 32 MiB: 16 page tables

  // Builds tables for `pages`, and opens a queue for the extent of the start page, which must hold
  // that many pages. OutOfRange: it does not, or more than kMostPages. Errors of the calls.
  Status open(u32 pages);

  static bool inside(u64 address) { return address >= kBase && address < kView; }
  static u32 page_of(u64 address) { return static_cast<u32>((address - kBase) >> kPageShift); }
  static u64* words_of(u32 page) {
    return reinterpret_cast<u64*>(kBase + (static_cast<u64>(page) << kPageShift));
  }
  // Whether the page has a mapping now: a frame that the kernel took has none.
  bool mapped(u32 page) const { return (entry(page) & kPtePresent) != 0; }

  // For Pager.
  Result<u32> take_frame();
  void put_frame(u32 frame);
  Status map(u32 page, u32 frame);
  Result<bool> unmap(u32 page, u32 frame);
  bool was_used(u32 page);
  void clear(u32 page);
  Status load(u32 page, u32 frame);
  Status save(u32 page, u32 frame);

 private:
  static constexpr u64 kAccessed = 1ul << 5, kDirty = 1ul << 6;  // Intel SDM Vol. 3A, table 4-20

  Status build_tables(u32 count);
  Status change(u32 page, PageAction action, u32 frame, u32 rights);
  u64 entry(u32 page) const { return reinterpret_cast<const volatile u64*>(kView)[page]; }
  Status wait();

  u32 tables_[kMostPages / kTableEntries] = {};
  u64 dirty_[kMostPages / 64] = {};  // dirty bits that were in entries rewritten since
  u32 blocks_per_page_ = 0;
  blk::Queue queue_;
};

}  // namespace pager
