// SPDX-License-Identifier: MIT
#include "pager/space.hpp"

#include "base/memory.hpp"
#include "core/exit.hpp"
#include "core/resources.hpp"
#include "core/start.hpp"

namespace pager {

namespace sys = abi::sys;

static Status set(u32 table, u32 slot, u32 target, u32 rights) {
  const PageUpdate step{table, slot, target, kNone, PageAction::Set, rights};
  return sys::page_update(kSlotSelf, &step, 1).status;
}

Status Space::build_tables(u32 count) {
  const u32 top = TRY(core::take_table(3));
  const u32 window = TRY(core::take_table(2));
  const u32 view = TRY(core::take_table(2));
  const u32 view_pages = TRY(core::take_table(1));
  TRY_STATUS(set(core::start_info->root_table, kBase >> 39, top, 0));
  TRY_STATUS(set(top, 0, window, 0));
  TRY_STATUS(set(top, 1, view, 0));
  TRY_STATUS(set(view, 0, view_pages, 0));
  for (u32 i = 0; i < count; i++) {
    tables_[i] = TRY(core::take_table(1));
    TRY_STATUS(set(window, i, tables_[i], 0));
    TRY_STATUS(set(view_pages, i, tables_[i], kRead));
  }
  return Status::Ok;
}

Status Space::open(u32 pages) {
  TRY_STATUS(queue_.open(core::start_info->extent));
  blocks_per_page_ = static_cast<u32>(kPageSize / queue_.block_size());
  if (pages > kMostPages || pages > queue_.blocks() / blocks_per_page_) return Status::OutOfRange;
  return build_tables((pages + kTableEntries - 1) / kTableEntries);
}

Status Space::change(u32 page, PageAction action, u32 frame, u32 rights) {
  const PageUpdate step{tables_[page / kTableEntries], page % kTableEntries, frame, kNone, action, rights};
  return sys::page_update(kSlotSelf, &step, 1).status;
}

Result<u32> Space::take_frame() { return core::take_frame(); }

void Space::put_frame(u32 frame) {
  const Status status = core::put_frames(&frame, 1);
  if (status != Status::Ok) core::panic("a frame cannot be given back", status);
}

Status Space::map(u32 page, u32 frame) {
  dirty_[page / 64] &= ~(1ul << (page % 64));
  return change(page, PageAction::Set, frame, kRead | kWrite);
}

Result<bool> Space::unmap(u32 page, [[maybe_unused]] u32 frame) {
  const bool written = (entry(page) & kDirty) != 0 || (dirty_[page / 64] >> (page % 64) & 1) != 0;
  TRY_STATUS(change(page, PageAction::Clear, kNone, 0));
  return written;
}

bool Space::was_used(u32 page) {
  const u64 now = entry(page);
  if ((now & kAccessed) == 0) return false;
  if ((now & kDirty) != 0) dirty_[page / 64] |= 1ul << (page % 64);
  // Writing the entry again clears both bits.
  return change(page, PageAction::Protect, kNone, kRead | kWrite) == Status::Ok;
}

void Space::clear(u32 page) { memset(words_of(page), 0, kPageSize); }

namespace {

struct Outcome {
  bool over = false;
  bool ok = false;
};

void finish(void* context, u64, bool ok) { *static_cast<Outcome*>(context) = {true, ok}; }

}  // namespace

// One command at a time: the caller has nothing else to do.
Status Space::wait() {
  Outcome outcome;
  for (;;) {
    queue_.poll({&outcome, finish});
    if (outcome.over) return outcome.ok ? Status::Ok : Status::NoDevice;
    core::sleep(nullptr, 0, kForever);
  }
}

Status Space::load(u32 page, u32 frame) {
  TRY_STATUS(queue_.read_frames(static_cast<u64>(page) * blocks_per_page_, blocks_per_page_, &frame, 0));
  return wait();
}

Status Space::save(u32 page, u32 frame) {
  TRY_STATUS(queue_.write_frames(static_cast<u64>(page) * blocks_per_page_, blocks_per_page_, &frame, 0));
  return wait();
}

}  // namespace pager
