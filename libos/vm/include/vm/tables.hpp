// SPDX-License-Identifier: MIT
// Tables: the page tables of the window, built as they are needed, and written in batches.
// `Kernel` is what asks the real kernel, or a test's fake:
//   Result<u32> table(u32 level)                     an empty page table of the environment
//   Status update(const PageUpdate*, u32, u32& done) page_update
//   void free(u32)                                   an empty table or a frame
//   void flush()                                     page_flush until Ok
#pragma once
#include "base/result.hpp"
#include "vm/layout.hpp"

namespace vm {

using base::Result;
using base::Status;

// A frame and how it is to be mapped.
struct Target {
  u32 frame;
  u32 cap = kNone;  // Frames capability that covers it; kNone: own frame
  u32 rights = kRead | kWrite;
};

template <class Kernel>
class Tables {
 public:
  explicit constexpr Tables(Kernel& kernel) : kernel_(kernel) {}

  // `root` is the environment's Table4; its slot 1 must be empty.
  Status start(u32 root) {
    for (u32& t : level2_) t = kNone;
    for (u32& t : level1_) t = kNone;
    level3_ = TRY(kernel_.table(3));
    return link(root, kWindow >> 39, level3_);
  }

  bool has(u32 block) const { return level1_[block] != kNone; }

  // Makes the Table1 (and Table2) of a block of the window.
  Status make(u32 block) {
    const u32 above = TRY(middle(block));
    const u32 table = TRY(kernel_.table(1));
    TRY_STATUS(link(above, block % kTableEntries, table));
    level1_[block] = table;
    return Status::Ok;
  }

  // Makes a block, in which nothing is mapped, one 2 MiB page, and takes it away.
  Status set_large(u32 block, const Target& target) {
    const u32 above = TRY(middle(block));
    if (has(block)) {
      TRY_STATUS(one(above, block, {}, PageAction::Clear));
      kernel_.free(level1_[block]);
      level1_[block] = kNone;
    }
    return one(above, block, target, PageAction::Set);
  }
  Status clear_large(u32 block) { return one(TRY(middle(block)), block, {}, PageAction::Clear); }

  // One step for the page at that index; its block exists. Steps go out when 64 are there.
  Status step(PageAction action, u64 page, const Target& target) {
    const u32 table = level1_[page / kTableEntries];
    batch_[count_++] = {
        table, static_cast<u32>(page % kTableEntries), target.frame, target.cap, action, target.rights};
    return count_ == kMaxPageBatch ? send() : Status::Ok;
  }

  // Sends what is left of the batch. After an error the rest of the batch is forgotten.
  Status send() {
    if (count_ == 0) return Status::Ok;
    u32 done = 0;
    const Status status = kernel_.update(batch_, count_, done);
    count_ = 0;
    return status;
  }

 private:
  // The Table2 over a block.
  Result<u32> middle(u32 block) {
    u32& found = level2_[block / kTableEntries];
    if (found == kNone) {
      const u32 table = TRY(kernel_.table(2));
      TRY_STATUS(link(level3_, block / kTableEntries, table));
      found = table;
    }
    return found;
  }

  Status one(u32 table, u32 block, const Target& target, PageAction action) {
    const PageUpdate update{table, block % kTableEntries, target.frame, target.cap, action, target.rights};
    u32 done = 0;
    return kernel_.update(&update, 1, done);
  }

  Status link(u32 table, u64 slot, u32 target) {
    const PageUpdate update{table, static_cast<u32>(slot), target, kNone, PageAction::Set, kRead};
    u32 done = 0;
    return kernel_.update(&update, 1, done);
  }

  Kernel& kernel_;
  u32 level3_ = kNone;
  u32 level2_[kGigabytes] = {};
  u32 level1_[kBlocks] = {};
  PageUpdate batch_[kMaxPageBatch] = {};
  u32 count_ = 0;
};

}  // namespace vm
