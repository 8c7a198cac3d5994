// SPDX-License-Identifier: MIT
// Frames: those of others, those of the kernel, one's own twice, and what is left in them.
#include "apps/intruder/tools.hpp"

namespace intruder {

namespace {

// Frames that the environment was born with: program, stack, start, upcall and notice page. Their
// numbers are not told, so a sweep over all frames finds exactly these and those allocated since.
u32 frames_of_birth() {
  const core::StartInfo& start = *core::start_info;
  const u64 program = (start.image_end - start.image_base) / kPageSize;
  const u64 stack = (start.stack_top - start.stack_base) / kPageSize;
  return static_cast<u32>(program + stack + 3);
}
constexpr u32 kLabFrames = 1;
constexpr u32 kLabTables = 3;

// Every frame there is, mapped writable. What goes through must be one's own.
void map_every_frame(Trial& trial) {
  u32 mapped = 0;
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    const Status status = lab.set(0, frame, kRead | kWrite);
    if (status == Status::Ok) {
      mapped++;
      if (lab.clear(0) != Status::Ok) return trial.gained("an entry that cannot be cleared");
    } else {
      trial.status(status);
    }
  }
  if (mapped > frames_of_birth() + kLabFrames) trial.gained("frames of others are mapped");
  for (const u32 frame : {kMaxFrames - 1, kMaxFrames, 0x7fffffffu, 0x80000000u, kNone})
    trial.status(lab.set(0, frame, kRead));
}

void free_every_frame(Trial& trial) {
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    if (frame == lab.frame() || frame == lab.spare()) continue;
    trial.status(sys::frame_free(kSlotSelf, &frame, 1));
  }
}

void share_every_frame(Trial& trial) {
  u32 shared = 0;
  for (u32 frame = 0; frame < frames_tried(); frame++) {
    const Status status = sys::frame_share(60, frame, 1, kRead | kWrite).status;
    if (status == Status::Ok) {
      shared++;
      if (sys::cap_drop(60).status != Status::Ok) return trial.gained("a capability that cannot be dropped");
    } else {
      trial.status(status);
    }
  }
  const u32 tables = core::start_info->table_count + kLabTables;  // below the root, and the lab's
  if (shared > frames_of_birth() + kLabFrames + tables) trial.gained("capabilities to frames of others");
}

void retype_every_frame(Trial& trial) {
  for (u32 frame = 0; frame < frames_tried(); frame++)
    if (frame != lab.frame()) trial.status(sys::frame_retype(kSlotSelf, frame, 4));
}

void free_mapped_frame(Trial& trial) {
  const u32 frame = lab.frame();
  if (lab.set(0, frame, kRead | kWrite) != Status::Ok) return;
  trial.status(sys::frame_free(kSlotSelf, &frame, 1));
  if (lab.clear(0) != Status::Ok) trial.gained("an entry that cannot be cleared");
}

void free_twice(Trial& trial) {
  u32 frame = kNone;
  if (core::take_frames(&frame, 1) != Status::Ok) return;
  if (core::put_frames(&frame, 1) != Status::Ok) return;
  trial.status(sys::frame_free(kSlotSelf, &frame, 1));
}

void free_twice_in_one_list(Trial& trial) {
  u32 frames[2] = {kNone, kNone};
  if (core::take_frames(frames, 1) != Status::Ok) return;
  frames[1] = frames[0];
  trial.status(sys::frame_free(kSlotSelf, frames, 2));
}

void free_page_table_in_use(Trial& trial) {
  for (const u32 frame : {core::start_info->root_table, lab.table(), lab.above()})
    trial.status(sys::frame_free(kSlotSelf, &frame, 1));
}

void alloc_beyond_quota(Trial& trial) {
  u32 frames[512];
  u32 count = 0;
  while (count < 512 && sys::frame_alloc(kSlotSelf, kNone, 1, frames + count).status == Status::Ok) count++;
  u32 one = kNone;
  trial.status(sys::frame_alloc(kSlotSelf, kNone, 1, &one));
  if (core::put_frames(frames, count) != Status::Ok) trial.gained("frames that cannot be freed");
}

void alloc_odd_counts(Trial& trial) {
  u32 frames[64];
  for (const u32 count : {0u, 65u, 0x10000u, 0x80000000u, kNone})
    trial.status(sys::frame_alloc(kSlotSelf, kNone, count, frames));
}

// Everything that can be allocated is looked at: what others left must not be in it.
void read_what_others_left(Trial& trial) {
  u32 frames[200] = {};
  u32 count = 0;
  while (count < 200 && sys::frame_alloc(kSlotSelf, kNone, 1, frames + count).status == Status::Ok) count++;
  for (u32 i = 0; i < count; i++) {
    if (lab.set(1, frames[i], kRead) != Status::Ok) return trial.gained("own frame cannot be mapped");
    const auto* words = reinterpret_cast<const volatile u64*>(Lab::address(1));
    u64 found = 0;
    for (u32 w = 0; w < kPageSize / 8; w++) found |= words[w];
    if (found != 0) trial.gained("data in a new frame");
    if (lab.clear(1) != Status::Ok) return trial.gained("an entry that cannot be cleared");
  }
  core::flush();
  if (core::put_frames(frames, count) != Status::Ok) trial.gained("frames that cannot be freed");
}

// Writes through a translation that was there before the entry was cleared and the frame was freed.
void write_after_free(Trial& trial) {
  u32 frame = kNone;
  if (core::take_frames(&frame, 1) != Status::Ok) return;
  if (lab.set(2, frame, kRead | kWrite) != Status::Ok) return;
  if (try_write(Lab::address(2)) != kNoFault) return;
  if (lab.clear(2) != Status::Ok || core::put_frames(&frame, 1) != Status::Ok) return;
  trial.fault(try_write(Lab::address(2)));
}

void write_after_narrowing(Trial& trial) {
  if (lab.set(3, lab.frame(), kRead | kWrite) != Status::Ok) return;
  if (try_write(Lab::address(3)) != kNoFault) return;
  if (step(lab.table(), 3, lab.frame(), kRead, PageAction::Protect) != Status::Ok) return;
  trial.fault(try_write(Lab::address(3)));
  if (lab.clear(3) != Status::Ok) trial.gained("an entry that cannot be cleared");
}

void give_frames_of_others(Trial& trial) {
  for (u32 frame = 0; frame < 4096; frame++) trial.status(sys::frame_give(kSlotSelf, 99, &frame, 1));
}

void retype_to_kernel_types(Trial& trial) {
  const u32 frame = lab.frame();
  for (const u32 type : {0u, 1u, 2u, 3u, 8u, 9u, 10u, 255u, 256u + 4, kNone})
    trial.status(sys::frame_retype(kSlotSelf, frame, type));
}

void share_odd_ranges(Trial& trial) {
  const u32 frame = lab.frame();
  for (const u32 count : {0u, 2u, 512u, 513u, kNone, kNone - frame})
    trial.status(sys::frame_share(60, frame, count, kRead));
  trial.status(sys::frame_share(60, kNone, 2, kRead));
  trial.status(sys::frame_share(60, frame, 1, 256));
  trial.status(sys::frame_share(kSlotSelf, frame, 1, kRead));
}

constexpr Attack kAttacks[] = {
    {"map-every-frame", any_refusal, map_every_frame},
    {"free-every-frame", any_refusal, free_every_frame},
    {"share-every-frame", any_refusal, share_every_frame},
    {"retype-every-frame", any_refusal, retype_every_frame},
    {"free-mapped-frame", refusal(Status::Busy), free_mapped_frame},
    {"free-twice", refusal(Status::Denied), free_twice},
    {"free-twice-in-one-list", refusal(Status::Denied), free_twice_in_one_list},
    {"free-page-table-in-use", refusal(Status::Busy), free_page_table_in_use},
    {"alloc-beyond-quota", refusal(Status::Quota), alloc_beyond_quota},
    {"alloc-odd-counts", refusal(Status::BadArgument), alloc_odd_counts},
    {"read-what-others-left", nothing_gained, read_what_others_left},
    {"write-after-free", exception(14), write_after_free},
    {"write-after-narrowing", exception(14), write_after_narrowing},
    {"give-frames-of-others", any_refusal, give_frames_of_others},
    {"retype-to-kernel-types", refusal(Status::BadArgument), retype_to_kernel_types},
    {"share-odd-ranges", any_refusal, share_odd_ranges},
};

}  // namespace

std::span<const Attack> memory_attacks() { return kAttacks; }

}  // namespace intruder
