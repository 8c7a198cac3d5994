// SPDX-License-Identifier: MIT
// Regions: which runs of pages of the window are in use, and for what. Pure bookkeeping: no frames,
// no page tables.
#pragma once
#include "base/result.hpp"
#include "vm/layout.hpp"

namespace vm {

enum class Kind : u32 {
  Plain,       // pages appear by map() only
  DemandZero,  // a page appears, zeroed, when it is touched first
};

struct Region {
  u64 first = 0;  // page of the window
  u64 pages = 0;
  Kind kind = Kind::Plain;
};

class Regions {
 public:
  static constexpr u32 kMost = 96;

  // First fit, with one page kept free behind each region as a guard. NoSpace: no run of that
  // length, or kMost regions exist. `pages` > 0. The answer is the first page.
  base::Result<u64> add(u64 pages, Kind kind) {
    if (pages == 0) return Status::BadArgument;
    if (count_ == kMost || pages >= kWindowPages) return Status::NoSpace;
    u64 start = kFirstPage;
    u32 at = 0;
    while (at < count_ && (regions_[at].first < start || regions_[at].first - start < pages + 1)) {
      start = regions_[at].first + regions_[at].pages + 1;
      at++;
    }
    if (start >= kWindowPages || kWindowPages - start < pages + 1) return Status::NoSpace;
    for (u32 i = count_; i > at; i--) regions_[i] = regions_[i - 1];
    regions_[at] = {start, pages, kind};
    count_++;
    return start;
  }

  // Forgets the region that starts at that page. BadArgument: there is none.
  base::Status remove(u64 first) {
    for (u32 i = 0; i < count_; i++) {
      if (regions_[i].first != first) continue;
      count_--;
      for (; i < count_; i++) regions_[i] = regions_[i + 1];
      return Status::Ok;
    }
    return Status::BadArgument;
  }

  // The region that holds the page, nullptr if none does.
  const Region* find(u64 page) const {
    for (u32 i = 0; i < count_; i++)
      if (page >= regions_[i].first && page - regions_[i].first < regions_[i].pages) return &regions_[i];
    return nullptr;
  }

  u32 count() const { return count_; }

 private:
  using Status = base::Status;
  Region regions_[kMost] = {};  // sorted by `first`
  u32 count_ = 0;
};

}  // namespace vm
