// SPDX-License-Identifier: MIT
#include "apps/bench/scratch.hpp"

#include "abi/cap.hpp"
#include "core/resources.hpp"
#include "core/start.hpp"

namespace bench {

namespace sys = abi::sys;

// Makes a table and puts it into slot `slot` of `parent`.
static Result<u32> make_table(u32 level, u32 parent, u32 slot) {
  const u32 table = TRY(core::take_table(level));
  const PageUpdate link{parent, slot, table, kNone, PageAction::Set, kRead};
  TRY_STATUS(sys::page_update(kSlotSelf, &link, 1).status);
  return table;
}

Status Scratch::start() {
  if (ready_) return Status::Ok;
  const u32 third = TRY(make_table(3, core::start_info->root_table, kBase >> 39));
  const u32 second = TRY(make_table(2, third, 0));
  for (u32 i = 0; i < kTables; i++) tables_[i] = TRY(make_table(1, second, i));
  ready_ = true;
  return Status::Ok;
}

PageUpdate Scratch::set(u32 page, u32 frame, u32 cap) const {
  return {tables_[page / kTableEntries], page % kTableEntries, frame, cap, PageAction::Set, kRead | kWrite};
}

PageUpdate Scratch::clear(u32 page) const {
  return {tables_[page / kTableEntries], page % kTableEntries, kNone, kNone, PageAction::Clear, 0};
}

Status Scratch::clear_all(u32 first, u32 count) const {
  PageUpdate steps[kMaxPageBatch];
  while (count > 0) {
    const u32 batch = count < kMaxPageBatch ? count : kMaxPageBatch;
    for (u32 i = 0; i < batch; i++) steps[i] = clear(first + i);
    TRY_STATUS(sys::page_update(kSlotSelf, steps, batch).status);
    first += batch;
    count -= batch;
  }
  core::flush();
  return Status::Ok;
}

Scratch& scratch() {
  static constinit Scratch the_scratch;
  return the_scratch;
}

Result<u32> take_run(u32 count) {
  const u32 end = core::start_info->frame_count;
  u32 length = 0;
  for (u32 frame = end / 4; frame < end; frame++) {
    u32 got = kNone;
    const Status status = sys::frame_alloc(kSlotSelf, frame, 1, &got).status;
    if (status == Status::Quota) return status;
    length = status == Status::Ok ? length + 1 : 0;  // what a hole cut off stays ours, unused
    if (length == count) return frame - count + 1;
  }
  return Status::NoMemory;
}

}  // namespace bench
