// SPDX-License-Identifier: MIT
// The shadow's capabilities, and the audit.
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/shadow.hpp"

namespace fuzzer {

u32 random_slot(u32 first, u32 last) { return first + run.random.below(last - first + 1); }

u32 empty_slot() {
  const u32 start = random_slot(kFirstPlay, kLastPlay);
  for (u32 i = 0; i <= kLastPlay - kFirstPlay; i++) {
    const u32 slot = kFirstPlay + (start - kFirstPlay + i) % (kLastPlay - kFirstPlay + 1);
    if (shadow.caps[slot].type == CapType::Null) return slot;
  }
  return kNone;
}

u32 random_cap() {
  const u32 start = random_slot(kSlices, kLastPlay);
  for (u32 i = 0; i <= kLastPlay - kSlices; i++) {
    const u32 slot = kSlices + (start - kSlices + i) % (kLastPlay - kSlices + 1);
    if (shadow.caps[slot].type != CapType::Null) return slot;
  }
  return kNone;
}

void add_cap(u32 slot, const Cap& cap) {
  shadow.caps[slot] = cap;
  if (cap.parent != kNoIndex) shadow.caps[cap.parent].children++;
}

void remove_cap(u32 slot) {
  const u32 parent = shadow.caps[slot].parent;
  if (parent != kNoIndex) shadow.caps[parent].children--;
  shadow.caps[slot] = Cap();
}

static void remove_entries(u32 slot) {
  for (Entry& entry : shadow.lab) {
    if (!entry.present || entry.cap != slot) continue;
    const u32 index = find_frame(entry.frame);
    if (index != kNoIndex) shadow.frames[index].maps--;
    entry = Entry();
  }
}

static bool descends(u32 slot, u32 from) {
  for (u32 at = shadow.caps[slot].parent; at != kNoIndex; at = shadow.caps[at].parent)
    if (at == from) return true;
  return false;
}

void remove_below(u32 slot) {
  bool gone[kCapsPerEnv] = {};
  for (u32 i = 0; i < kCapsPerEnv; i++) gone[i] = shadow.caps[i].type != CapType::Null && descends(i, slot);
  for (u32 i = 0; i < kCapsPerEnv; i++) {
    if (!gone[i]) continue;
    remove_entries(i);
    shadow.caps[i] = Cap();
  }
  shadow.caps[slot].children = 0;
  shadow.caps[slot].granted = 0;
}

bool covers(const Cap& cap, const Frame& frame) {
  return cap.type == CapType::Frames && frame.number >= cap.start && frame.number - cap.start < cap.count &&
         cap.born >= frame.born;
}

void lend(Cap& cap, u32 rights) {
  cap.granted++;
  if (cap.type != CapType::Frames || (rights & kWrite) == 0) return;
  for (Frame& f : shadow.frames)
    if (f.number != kNone && covers(cap, f)) f.known = false;
}

static void audit_frame(const Frame& f) {
  const FrameEntry entry = ledger_frame(f.number);
  if (entry.owner != core::start_info->env) fail("a frame of ours belongs to somebody else", f.number);
  if (entry.type != f.type) fail("a frame of ours is of another type", f.number);
  const u32 maps = f.maps + (f.viewed ? 1 : 0);
  if (entry.maps < maps || (entry.maps != maps && !is_lent(f)))
    fail("a frame is mapped more or less often", f.number);
}

static void audit_cap(u32 slot, const Cap& cap) {
  const CapEntry entry = ledger_cap(slot);
  if (entry.type != cap.type) fail("a slot holds something else", slot);
  if (cap.type == CapType::Null) return;
  if (entry.rights != cap.rights) fail("a capability has other rights", slot);
  if (entry.start != cap.start || entry.count != cap.count) fail("a capability has another range", slot);
  if (entry.children < cap.children || entry.children > cap.children + cap.granted)
    fail("a capability has more or fewer children", slot);
}

void audit() {
  for (const Frame& f : shadow.frames)
    if (f.number != kNone) audit_frame(f);
  for (u32 slot = kFirstPlay; slot <= kLastPlay; slot++) audit_cap(slot, shadow.caps[slot]);
}

}  // namespace fuzzer
