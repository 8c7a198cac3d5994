// SPDX-License-Identifier: MIT
#include "kernel/core/large.hpp"

namespace core {

// Whether all of the block is data of env's own that nobody takes. (What is not inlined here is proved by
// itself.)
[[gnu::noinline]] static bool all_own(u16 env, u32 first) {
  for (u32 i = 0; i < kLargeFrames; i++) {
    const FrameEntry& f = frames[first + i];
    if (f.owner != env || f.type != FrameType::Data || f.leaving != 0) return false;
  }
  return true;
}

// Whether nothing refers to any of the block, nor does a CPU that has flushed at `flushed`.
[[gnu::noinline]] static Status all_at_rest(u32 first, u64 flushed) {
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
  // Said first: the answer must not depend on where env's own frames happen to lie.
  if (!all_own(env, first)) return Status::Denied;
  TRY_STATUS(all_at_rest(first, flushed_everywhere()));
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
