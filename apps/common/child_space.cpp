// SPDX-License-Identifier: MIT
#include "apps/common/child_space.hpp"

#include "base/memory.hpp"
#include "core/resources.hpp"
#include "vm/vm.hpp"

namespace apps {

namespace {

using core::until_done;
namespace sys = abi::sys;

constexpr u32 kBatch = kMaxFrameBatch;

// Bytes that one entry of a table of that level translates.
constexpr u64 span_of_entry(u32 level) { return kPageSize << (9 * (level - 1)); }

}  // namespace

Status ChildSpace::start() {
  root_table_ = TRY(make_table(4, 0, kNone));
  table_count_ = 0;  // the list holds what is below the root
  return Status::Ok;
}

Result<u32> ChildSpace::spare_frame() {
  u32 frame = kNone;
  TRY_STATUS(sys::frame_alloc(env_, kNone, 1, &frame).status);
  frames_used_++;
  return frame;
}

Result<u32> ChildSpace::make_table(u32 level, u64 base, u32 parent) {
  if (table_count_ == core::kMaxStartTables) return Status::NoSpace;
  const u32 frame = TRY(spare_frame());
  const u32 type = static_cast<u32>(FrameType::Table1) + level - 1;
  TRY_STATUS(until_done([&] { return sys::frame_retype(env_, frame, type).status; }));
  if (parent != kNone) {
    const u32 slot = static_cast<u32>(base / span_of_entry(level + 1) % kTableEntries);
    const PageUpdate link{parent, slot, frame, kNone, PageAction::Set, kRead};
    TRY_STATUS(sys::page_update(env_, &link, 1).status);
  }
  tables_[table_count_++] = {frame, level, base};
  return frame;
}

// The Table1 for an address, and the tables above it.
Result<u32> ChildSpace::table_for(u64 address) {
  u32 parent = root_table_;
  for (u32 level = 3; level >= 1; level--) {
    const u64 reach = span_of_entry(level + 1);
    const u64 base = address / reach * reach;
    u32 found = kNone;
    for (const core::TableInfo& t : tables())
      if (t.level == level && t.base == base) found = t.frame;
    if (found == kNone) found = TRY(make_table(level, base, parent));
    parent = found;
  }
  return parent;
}

Status ChildSpace::map(u64 address, std::span<const u32> frames, u32 rights) {
  PageUpdate batch[kMaxPageBatch];
  u32 count = 0;
  for (const u32 frame : frames) {
    const u32 slot = static_cast<u32>(address / kPageSize % kTableEntries);
    batch[count++] = {TRY(table_for(address)), slot, frame, kNone, PageAction::Set, rights};
    address += kPageSize;
    if (count < kMaxPageBatch) continue;
    TRY_STATUS(sys::page_update(env_, batch, count).status);
    count = 0;
  }
  return count == 0 ? Status::Ok : sys::page_update(env_, batch, count).status;
}

Status ChildSpace::add_zeroed(u64 address, u64 pages, u32 rights) {
  while (pages > 0) {
    u32 frames[kBatch];
    const u32 step = pages < kBatch ? static_cast<u32>(pages) : kBatch;
    TRY_STATUS(sys::frame_alloc(env_, kNone, step, frames).status);
    frames_used_ += step;
    TRY_STATUS(map(address, {frames, step}, rights));
    address += step * kPageSize;
    pages -= step;
  }
  return Status::Ok;
}

Status ChildSpace::add_filled(u64 address, std::span<const u8> bytes, u32 rights) {
  const u64 staging = TRY(vm::space().reserve(kBatch));
  while (!bytes.empty()) {
    u32 frames[kBatch];
    const u64 pages = (bytes.size() + kPageSize - 1) / kPageSize;
    const u32 step = pages < kBatch ? static_cast<u32>(pages) : kBatch;
    TRY_STATUS(core::take_frames(frames, step));
    for (u32 i = 0; i < step; i++) TRY_STATUS(vm::space().map(staging + i * kPageSize, {frames[i]}));
    const u64 length = bytes.size() < step * kPageSize ? bytes.size() : step * kPageSize;
    memcpy(reinterpret_cast<void*>(staging), bytes.data(), length);
    TRY_STATUS(vm::space().unmap(staging, step));
    TRY_STATUS(hand_over({frames, step}));
    TRY_STATUS(map(address, {frames, step}, rights));
    address += step * kPageSize;
    bytes = bytes.subspan(length);
  }
  return vm::space().release(staging);
}

Status ChildSpace::hand_over(std::span<const u32> frames) {
  while (!frames.empty()) {
    const core::SysResult given =
        sys::frame_give(kSlotSelf, env_, frames.data(), static_cast<u32>(frames.size()));
    if (given.status != Status::Ok && given.status != Status::Again) return given.status;
    frames_used_ += static_cast<u32>(given.value);
    frames = frames.subspan(given.value);
  }
  return Status::Ok;
}

}  // namespace apps
