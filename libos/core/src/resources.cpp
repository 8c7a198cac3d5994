// SPDX-License-Identifier: MIT
#include "core/resources.hpp"

#include "core/start.hpp"

namespace core {

namespace {
constinit SlotMap the_slots;
constinit bool slots_ready = false;
}  // namespace

SlotMap& slots() {
  if (!slots_ready) {
    the_slots = SlotMap(start_info->first_free_slot);
    slots_ready = true;
  }
  return the_slots;
}

Status take_frames(u32* out, u32 count) {
  u32 done = 0;
  while (done < count) {
    const u32 left = count - done;
    const u32 step = left < kMaxFrameBatch ? left : kMaxFrameBatch;
    const SysResult got = sys::frame_alloc(kSlotSelf, kNone, step, out + done);
    done += static_cast<u32>(got.value);
    if (got.status != Status::Ok) {
      const Status undone = put_frames(out, done);
      return undone == Status::Ok ? got.status : undone;
    }
  }
  return Status::Ok;
}

Result<u32> take_frame() {
  u32 frame = kNone;
  TRY_STATUS(take_frames(&frame, 1));
  return frame;
}

Status put_frames(const u32* frames, u32 count) {
  while (count > 0) {
    const u32 step = count < kMaxFrameBatch ? count : kMaxFrameBatch;
    TRY_STATUS(sys::frame_free(kSlotSelf, frames, step).status);
    frames += step;
    count -= step;
  }
  return Status::Ok;
}

Result<u32> take_table(u32 level) {
  const u32 frame = TRY(take_frame());
  const u32 type = static_cast<u32>(FrameType::Table1) + level - 1;
  TRY_STATUS(until_done([&] { return sys::frame_retype(kSlotSelf, frame, type).status; }));
  return frame;
}

void flush(u32 env) {
  while (sys::page_flush(env).status == Status::Again) {
  }
}

}  // namespace core
