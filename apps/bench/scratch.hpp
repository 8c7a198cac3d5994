// SPDX-License-Identifier: MIT
// Scratch: page tables of the bench's own, apart from vm's, for mapping things that vm need not know,
// and runs of frames.
#pragma once
#include "abi/frame.hpp"
#include "base/result.hpp"

namespace bench {
using namespace abi;
using base::Result;
using base::Status;

class Scratch {
 public:
  static constexpr u32 kPages = 4096;
  static constexpr u64 kBase = 2ul << 39;  // L4 slot 2

  Status start();  // builds the tables; does nothing the second time

  static volatile u8* at(u32 page) { return reinterpret_cast<volatile u8*>(kBase) + u64{page} * kPageSize; }
  // Steps of page_update for that page.
  PageUpdate set(u32 page, u32 frame, u32 cap = kNone) const;
  PageUpdate clear(u32 page) const;
  // Clears `count` pages from `first` on, and flushes.
  Status clear_all(u32 first, u32 count) const;

 private:
  static constexpr u32 kTables = kPages / kTableEntries;
  bool ready_ = false;
  u32 tables_[kTables] = {};
};

Scratch& scratch();

// `count` frames of this environment with consecutive numbers; the first. Never given back.
Result<u32> take_run(u32 count);

}  // namespace bench
