// SPDX-License-Identifier: MIT
#include "kernel/core/invariants.hpp"

#include "kernel/core/frame.hpp"

namespace core {

namespace {

struct Walk {
  u32 count;
  const char* wrong;
};

// A list whose frames are all of `owner` and, if it is not kAnyType, of one type.
constexpr FrameType kAnyType = FrameType::Absent;
Walk walk_list(u32 head, u32 tail, u16 owner, FrameType type) {
  u32 count = 0;
  u32 previous = kNone;
  for (u32 i = head; i != kNone; i = frames[i].next) {
    if (!frame_exists(i) || count++ > ledger_header.frame_count) return {0, "a frame list has no end"};
    const FrameEntry& f = frames[i];
    if (f.prev != previous) return {0, "a frame's prev is not the frame before it"};
    if (f.owner != owner) return {0, "a frame is in the list of another owner"};
    if (type != kAnyType && f.type != type) return {0, "a frame is in the list of another type"};
    if (type == FrameType::Quarantine && previous != kNone && frames[previous].stamp >= f.stamp)
      return {0, "the quarantine is not in order"};
    if (type == kAnyType && is_table(f.type) && previous != kNone && !is_table(frames[previous].type))
      return {0, "a page table stands behind a data frame"};
    previous = i;
  }
  return {count, tail == previous ? nullptr : "a list's tail is not its last frame"};
}

const char* check_free_lists(u32 free, u32 quarantined) {
  const FrameLists& l = frame_lists;
  const Walk a = walk_list(l.free_head, l.free_tail, kNoEnv, FrameType::Free);
  if (a.wrong != nullptr) return a.wrong;
  const Walk b = walk_list(l.quarantine_head, l.quarantine_tail, kNoEnv, FrameType::Quarantine);
  if (b.wrong != nullptr) return b.wrong;
  if (a.count != free) return "a free frame is in no list";
  if (b.count != quarantined) return "a quarantined frame is in no list";
  return nullptr;
}

const char* check_env_lists(u32 owned) {
  u32 listed = 0;
  for (u16 e = 0; e < kMaxEnvs; e++) {
    if (envs[e].state == EnvState::Unused) {
      continue;
    }
    const Walk w = walk_list(env_private[e].first_frame, env_private[e].last_frame, e, kAnyType);
    if (w.wrong != nullptr) return w.wrong;
    if (w.count != frames_owned(envs[e])) return "EnvEntry::used of Frames is wrong";
    listed += w.count;
  }
  if (listed != owned) return "an owned frame is in no list";
  return nullptr;
}

}  // namespace

const char* check_frame_lists() {
  u32 free = 0;
  u32 quarantined = 0;
  u32 owned = 0;
  for (u32 i = 0; i < ledger_header.frame_count; i++) {
    const FrameEntry& f = frames[i];
    if (f.stamp > ledger_header.clock || f.unmapped > ledger_header.clock) return "a stamp from the future";
    if (f.type == FrameType::Free) free++;
    if (f.type == FrameType::Quarantine) quarantined++;
    if (f.type == FrameType::Free || f.type == FrameType::Quarantine) {
      if (f.maps != 0 || f.pins != 0 || f.entries != 0) return "a free frame is referenced";
      if (f.leaving != 0) return "a free frame is leaving its owner";
    } else if (f.type != FrameType::Absent && f.owner != kKernelEnv) {
      owned++;
      if (f.owner >= kMaxEnvs) return "a frame's owner does not exist";
    }
  }
  if (ledger_header.frames_free != free + quarantined) return "frames_free is wrong";
  if (ledger_header.frames_total != free + quarantined + owned) return "frames_total is wrong";
  const char* wrong = check_free_lists(free, quarantined);
  return wrong != nullptr ? wrong : check_env_lists(owned);
}

const char* check_invariants(u64 other_pins) {
  const char* wrong = check_frame_lists();
  if (wrong == nullptr) wrong = check_pages();
  if (wrong == nullptr) wrong = check_caps();
  if (wrong == nullptr) wrong = check_filters();
  if (wrong == nullptr) wrong = check_counts(other_pins);
  if (wrong == nullptr) wrong = check_quotas(other_pins);
  if (wrong == nullptr) wrong = check_ownership();
  return wrong;
}

}  // namespace core
