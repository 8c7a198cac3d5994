// SPDX-License-Identifier: MIT
#include "kernel/core/large.hpp"

namespace core {

// What is not env's is said first: the answer must not depend on where env's own frames happen to lie.
static Status can_join(u16 env, u32 first) {
  for (u32 i = 0; i < kLargeFrames; i++) {
    const FrameEntry& f = frames[first + i];
    if (f.owner != env || f.type != FrameType::Data || f.leaving != 0) return Status::Denied;
  }
  const u64 flushed = flushed_everywhere();
  for (u32 i = 0; i < kLargeFrames; i++) {
    const FrameEntry& f = frames[first + i];
    if (f.maps != 0 || f.pins != 0) return Status::Busy;
    if (flushed < f.unmapped) return Status::Again;
  }
  return Status::Ok;
}

Status frame_join(u16 env, u32 first) {
  if (first % kLargeFrames != 0 || !frame_exists(first) || !frame_exists(first + kLargeFrames - 1))
    return Status::BadArgument;
  TRY_STATUS(can_join(env, first));
  for (u32 i = 0; i < kLargeFrames; i++) frames[first + i].type = FrameType::Part;
  frames[first].type = FrameType::Large;
  frames[first].stamp = clock_advance();
  return Status::Ok;
}

Status frame_split(u16 env, u32 first) {
  if (!frame_owned(env, first, FrameType::Large)) return Status::Denied;
  if (frames[first].maps != 0 || frames[first].pins != 0) return Status::Busy;
  const u64 unmapped = frames[first].unmapped;  // a CPU that translated to one translated to all
  for (u32 i = 0; i < kLargeFrames; i++) {
    frames[first + i].type = FrameType::Data;
    frames[first + i].unmapped = unmapped;
  }
  return Status::Ok;
}

}  // namespace core
