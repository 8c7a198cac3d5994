// SPDX-License-Identifier: MIT
// Faults that the environment handles itself, and mappings in batches.
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "apps/bench/scratch.hpp"
#include "core/exit.hpp"
#include "core/resources.hpp"
#include "vm/vm.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kFaults = 16;

constinit u32 spare = kNone;  // the frame that faults map

// The whole of a library OS's own paging: one entry, and on.
void map_spare(core::Fault& fault) {
  const u64 page = (fault.trap.address - Scratch::kBase) >> kPageShift;
  if (fault.trap.vector != 14 || page >= Scratch::kPages) core::end_by_fault(fault);
  const PageUpdate set = scratch().set(static_cast<u32>(page), spare);
  if (sys::page_update(kSlotSelf, &set, 1).status != Status::Ok) core::end_by_fault(fault);
}

Status touch(u32 page) {
  *Scratch::at(page) = 1;
  return Status::Ok;
}

Status clear_batch() { return scratch().clear_all(0, kMaxPageBatch); }

Status map_batch(const PageUpdate* steps) { return sys::page_update(kSlotSelf, steps, kMaxPageBatch).status; }

}  // namespace

Status measure_fault() {
  TRY_STATUS(scratch().start());
  spare = TRY(core::take_frame());
  vm::on_other_fault(map_spare);
  const Status status = measure({"fault-map-return", 0, kFaults}, nothing, touch,
                                [] { return scratch().clear_all(0, kFaults); });
  vm::on_other_fault(core::end_by_fault);
  TRY_STATUS(status);
  return core::put_frames(&spare, 1);
}

// A row's samples are one batch of 64; the table shows one page's share.
Status measure_map() {
  TRY_STATUS(scratch().start());
  u32 frames[kMaxPageBatch];
  PageUpdate sets[kMaxPageBatch], clears[kMaxPageBatch];
  TRY_STATUS(core::take_frames(frames, kMaxPageBatch));
  for (u32 i = 0; i < kMaxPageBatch; i++) {
    sets[i] = scratch().set(i, frames[i]);
    clears[i] = scratch().clear(i);
  }
  const auto once = [](const PageUpdate* steps) {
    return [steps](u32 i) { return i == 0 ? map_batch(steps) : Status::Ok; };
  };
  TRY_STATUS(measure({"map-page-of-64", 0, kMaxPageBatch}, nothing, once(sets), clear_batch));
  const auto set_all = [&] { return map_batch(sets); };
  const auto set_and_clear = [&] {
    const Status status = map_batch(sets);
    return status == Status::Ok ? map_batch(clears) : status;
  };
  const auto flush = [](u32) { return core::until_done([] { return sys::page_flush(kSlotSelf).status; }); };
  TRY_STATUS(measure({"map-clear-page-of-64", 0, kMaxPageBatch}, set_all, once(clears), nothing));
  TRY_STATUS(measure({"map-flush", 0, 1}, set_and_clear, flush, nothing));
  return core::put_frames(frames, kMaxPageBatch);
}

}  // namespace bench
