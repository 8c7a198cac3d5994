// SPDX-License-Identifier: MIT
#include "kernel/core/frame.hpp"

#include "kernel/core/frame_list.hpp"
#include "kernel/core/quota.hpp"

namespace core {

u64 clock_advance() { return ++ledger_header.clock; }

// (What is not inlined here is proved by itself.)
[[gnu::noinline]] u64 flushed_everywhere() {
  u64 oldest = kForever;  // no CPU holds a translation: all is flushed
  for (u32 i = 0; i < kMaxCpus; i++)
    if (cpus[i].online != 0 && cpus[i].holds_user != 0 && cpus[i].flushed < oldest) oldest = cpus[i].flushed;
  return oldest;
}

static void zero(u32 frame) { __builtin_memset(physmem[frame], 0, kPageSize); }

// In quarantine, and in no CPU's translations any more.
static bool has_settled(u32 frame, u64 flushed) {
  return frame_exists(frame) && frames[frame].type == FrameType::Quarantine && frames[frame].stamp <= flushed;
}

[[gnu::noinline]] u32 frame_release(u32 limit) {
  const u64 flushed = flushed_everywhere();
  u32 released = 0;
  for (u32 i = 0; i < limit && i < kReleaseBatch; i++) {
    const u32 frame = frame_lists.quarantine_head;
    if (!has_settled(frame, flushed)) break;
    quarantine_remove(frame);
    frames[frame].type = FrameType::Free;
    free_list_push(frame);
    released++;
  }
  return released;
}

// A free frame by name or any, still in its list; kNone if there is none.
[[gnu::noinline]] static u32 pick(u32 want) {
  if (want == kNone && frame_lists.free_head == kNone) frame_release(kReleaseBatch);
  const u32 frame = want == kNone ? frame_lists.free_head : want;
  if (frame_exists(frame) && frames[frame].type == FrameType::Free) return frame;
  return has_settled(frame, flushed_everywhere()) ? frame : kNone;
}

Result<u32> frame_alloc(u16 env, u32 want) {
  TRY_STATUS(quota_check(env, Resource::Frames, 1));
  const u32 frame = pick(want);
  if (frame == kNone) return Status::NoMemory;
  FrameEntry& f = frames[frame];
  if (f.type == FrameType::Free) {
    free_list_remove(frame);
  } else {
    quarantine_remove(frame);
  }
  zero(frame);
  f.unmapped = 0;
  f.owner = env;
  f.type = FrameType::Data;
  owned_append(env, frame);
  quota_book(env, Resource::Frames, 1);
  ledger_header.frames_free--;
  return frame;
}

Status frame_free(u16 env, u32 frame) {
  if (!frame_exists(frame) || frames[frame].owner != env) return Status::Denied;
  FrameEntry& f = frames[frame];
  if (f.type != FrameType::Data && !is_table(f.type)) return Status::Denied;
  if (f.maps != 0 || f.pins != 0 || f.entries != 0) return Status::Busy;
  owned_remove(env, frame);
  f.stamp = clock_advance();
  f.owner = kNoEnv;
  f.leaving = 0;
  f.type = FrameType::Quarantine;
  quarantine_append(frame);
  quota_return(env, Resource::Frames, 1);
  ledger_header.frames_free++;
  return Status::Ok;
}

Status frame_can_change(u16 env, u32 frame, FrameType type) {
  if (!frame_owned(env, frame, type) || frames[frame].leaving != 0) return Status::Denied;
  if (frames[frame].maps != 0 || frames[frame].pins != 0) return Status::Busy;
  return flushed_everywhere() < frames[frame].unmapped ? Status::Again : Status::Ok;
}

Status frame_retype(u16 env, u32 frame, FrameType type) {
  if (!is_table(type)) return Status::BadArgument;
  TRY_STATUS(frame_can_change(env, frame, FrameType::Data));
  zero(frame);
  if (type == FrameType::Table4)
    __builtin_memcpy(&physmem[frame][kTableEntries / 2], kernel_half, sizeof kernel_half);
  owned_remove(env, frame);
  owned_push(env, frame);
  frames[frame].stamp = clock_advance();  // who shared it as data has not shared what a table maps
  frames[frame].type = type;
  return Status::Ok;
}

Status frame_give(u16 env, u16 to, u32 frame) {
  TRY_STATUS(frame_can_change(env, frame, FrameType::Data));
  if (to != env) TRY_STATUS(quota_check(to, Resource::Frames, 1));
  FrameEntry& f = frames[frame];
  owned_remove(env, frame);
  quota_return(env, Resource::Frames, 1);
  f.stamp = clock_advance();
  f.unmapped = 0;
  f.owner = to;
  owned_append(to, frame);
  quota_book(to, Resource::Frames, 1);
  return Status::Ok;
}

// Same owner, other type and no contents; capabilities from before do not cover it any more.
void frame_change(u32 frame, FrameType type) {
  zero(frame);
  frames[frame].stamp = clock_advance();
  frames[frame].unmapped = 0;
  frames[frame].type = type;
}

Status frame_to_kernel(u16 env, u32 frame, FrameType type) {
  if (type != FrameType::Kernel && type != FrameType::Shared) return Status::BadArgument;
  TRY_STATUS(frame_can_change(env, frame, FrameType::Data));
  frame_change(frame, type);
  return Status::Ok;
}

Status frame_from_kernel(u16 env, u32 frame) {
  const bool kernel = frame_owned(env, frame, FrameType::Kernel);
  TRY_STATUS(frame_can_change(env, frame, kernel ? FrameType::Kernel : FrameType::Shared));
  frame_change(frame, FrameType::Data);
  return Status::Ok;
}

static u32 counting(u32 frame) { return frames[frame].type == FrameType::Part ? large_head(frame) : frame; }

void frame_pin(u32 frame) { frames[counting(frame)].pins++; }
void frame_unpin(u32 frame) { frames[counting(frame)].pins--; }
void frame_mapped(u32 frame) { frames[frame].maps++; }

void frame_unmapped(u32 frame) {
  const u64 now = clock_advance();
  frames[frame].maps--;
  if (frames[frame].maps == 0) frames[frame].unmapped = now;
}

}  // namespace core
