// SPDX-License-Identifier: MIT
// Allocating and freeing frames, one by one and in batches.
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "core/resources.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kSingle = 16;

constinit u32 frames[kMaxFrameBatch]{};

Status take_one(u32 i) { return sys::frame_alloc(kSlotSelf, kNone, 1, &frames[i]).status; }
Status put_one(u32 i) { return sys::frame_free(kSlotSelf, &frames[i], 1).status; }
Status take_all() { return core::take_frames(frames, kMaxFrameBatch); }
Status put_all() { return core::put_frames(frames, kMaxFrameBatch); }

Status take_single() { return core::take_frames(frames, kSingle); }
Status put_single() { return core::put_frames(frames, kSingle); }

Status take_batch(u32 i) { return i == 0 ? take_all() : Status::Ok; }
Status put_batch(u32 i) { return i == 0 ? put_all() : Status::Ok; }

}  // namespace

Status measure_frames() {
  TRY_STATUS(measure({"frame-alloc", 0, kSingle}, nothing, take_one, put_single));
  TRY_STATUS(measure({"frame-free", 0, kSingle}, take_single, put_one, nothing));
  TRY_STATUS(measure({"frame-alloc-of-64", 0, kMaxFrameBatch}, nothing, take_batch, put_all));
  return measure({"frame-free-of-64", 0, kMaxFrameBatch}, take_all, put_batch, nothing);
}

}  // namespace bench
