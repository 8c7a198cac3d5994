// SPDX-License-Identifier: MIT
// The disk's ownership table, by the one that may manage it: stretches of the upper half of its extent are
// handed out, opened again and given back, whole and in parts. Each has an owner of its own, so that the
// table's answers can be told from each other.
#include <algorithm>

#include "abi/extent.hpp"
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

constexpr u32 kMost = 24;  // stretches at a time

struct Stretch {
  u64 start, count;
  u64 owner;
};

struct {
  bool unsure = false;  // a stretch may be recorded that is not in here: nothing more is foretold
  u64 owners = 0;
  u32 count = 0;
  Stretch of[kMost];
} constinit table{};

const core::ExtentInfo& extent() { return core::start_info->extent; }
u64 low() { return extent().first + extent().count / 2; }
u64 end() { return extent().first + extent().count; }

Stretch* random_stretch() { return table.count == 0 ? nullptr : &table.of[run.random.below(table.count)]; }
void remove(const Stretch* gone) { table.of[gone - table.of] = table.of[--table.count]; }

bool overlaps(u64 start, u64 count, u64 other, u64 others) {
  return start < other + others && other < start + count;
}

bool is_free(u64 start, u64 count) {
  return start >= low() && start + count <= end() &&
         std::none_of(table.of, table.of + table.count,
                      [&](const Stretch& s) { return overlaps(start, count, s.start, s.count); });
}

// Somebody may have it who cannot manage the table: one of our own capabilities, or a copy of one.
bool is_held(u64 start, u64 count) {
  return std::any_of(shadow.caps + kFirstPlay, shadow.caps + kLastPlay + 1, [&](const Cap& cap) {
    return cap.type == CapType::Extent && overlaps(start, count, cap.start, cap.count);
  });
}

u64 distance(u64 a, u64 b) { return a > b ? a - b : b - a; }

// How far the nearest free place is: at the wanted one, or at the end of a stretch.
u64 least_distance(u64 wanted, u64 count) {
  u64 least = kForever;
  const auto consider = [&](u64 start) {
    if (is_free(start, count)) least = std::min(least, distance(start, wanted));
  };
  consider(wanted);
  for (u32 i = 0; i < table.count; i++) {
    consider(table.of[i].start + table.of[i].count);
    consider(table.of[i].start - count);
  }
  return least;
}

// Root has made it. Nothing but looking at it again is possible while blocks are held.
void format() {
  expect_refused(call(Call::extent_format, extent().slot, static_cast<u64>(ExtentFormat::Create)),
                 "extent_format where there is a table");
  expect(call_until_done(Call::extent_format, extent().slot, static_cast<u64>(ExtentFormat::Load)), kOk,
         "extent_format Load");
}

void hold(u32 slot, const Stretch& s) {
  Cap cap;
  cap.type = CapType::Extent;
  cap.rights = extent().rights & (kRead | kWrite | kGrant);
  cap.start = s.start;
  cap.count = s.count;
  add_cap(slot, cap);
}

// As near to the wanted place as there is room.
void allocate() {
  const u32 slot = empty_slot();
  if (table.unsure || table.count == kMost || slot == kNone) return;
  constexpr u64 kMargin = 64 * kMost;  // so that no stretch has to leave the upper half
  const u64 wanted = low() + kMargin + run.random.below(static_cast<u32>(end() - low() - 2 * kMargin)) / 8;
  const Stretch s{wanted, 1 + run.random.below(16), ++table.owners};
  const Answer answer = call_until_done(Call::extent_allocate, extent().slot, s.owner, core::start_info->env,
                                        wanted, s.count, slot);
  if (!expect(answer, kRoom, "extent_allocate")) {
    table.unsure = true;  // it may have been recorded before there was no room for the capability
    return;
  }
  if (!is_free(answer.value, s.count)) fail("blocks handed out twice", answer.value);
  if (distance(answer.value, wanted) != least_distance(wanted, s.count))
    fail("nearer blocks were free", answer.value);
  table.of[table.count] = {answer.value, s.count, s.owner};
  hold(slot, table.of[table.count++]);
}

void open() {
  const Stretch* s = random_stretch();
  const u32 slot = empty_slot();
  if (s == nullptr || slot == kNone) return;
  const u32 before =
      static_cast<u32>(std::count_if(table.of, table.of + table.count, [&](const Stretch& other) {
        return other.owner == s->owner && other.start < s->start;
      }));
  const Answer answer =
      call_until_done(Call::extent_open, extent().slot, s->owner, core::start_info->env, before, slot);
  if (expect(answer, kRoom, "extent_open")) hold(slot, *s);
}

// Who owns nothing, one stretch too far, and a capability without the right.
void open_badly() {
  const u32 slot = empty_slot();
  if (slot == kNone) return;
  const u64 owner = table.owners + 1 + run.random.below(3);
  expect_refused(call_until_done(Call::extent_open, extent().slot, owner, core::start_info->env, 0, slot),
                 "extent_open for an owner of nothing");
  const Stretch* s = random_stretch();
  if (s == nullptr) return;
  expect_refused(
      call_until_done(Call::extent_open, extent().slot, s->owner, core::start_info->env, kMost + 1, slot),
      "extent_open of one too many");
  expect_refused(call(Call::extent_open, kExtent, s->owner, core::start_info->env, 0, slot),
                 "extent_open without the right");
}

// All of it, or a part: then what was before and behind it stays.
void release() {
  Stretch* s = random_stretch();
  if (s == nullptr) return;
  const bool whole = table.count == kMost || run.random.one_in(2);
  const u64 skip = whole ? 0 : run.random.below(static_cast<u32>(s->count));
  const u64 count = whole ? s->count : 1 + run.random.below(static_cast<u32>(s->count - skip));
  const u64 start = s->start + skip;
  const Answer answer = call_until_done(Call::extent_release, extent().slot, start, count);
  if (is_held(start, count)) return expect_refused(answer, "extent_release of what somebody holds");
  expect(answer, kOk, "extent_release");
  const Stretch old = *s;
  remove(s);
  if (skip != 0) table.of[table.count++] = {old.start, skip, old.owner};
  if (skip + count != old.count)
    table.of[table.count++] = {start + count, old.count - skip - count, old.owner};
}

// More than a stretch has, blocks that are nobody's, the table itself.
void release_badly() {
  const Stretch* s = random_stretch();
  if (s == nullptr) return;
  const u64 from = extent().first;
  expect_refused(call_until_done(Call::extent_release, extent().slot, s->start, s->count + 1),
                 "extent_release");
  expect_refused(call_until_done(Call::extent_release, extent().slot, from + run.random.below(64), 1),
                 "extent_release of the table");
  expect_refused(call(Call::extent_release, kExtent, s->start, 1), "extent_release without the right");
}

constexpr Op kOps[] = {
    {"format", 1, format},         {"allocate", 4, allocate}, {"open", 2, open},
    {"open_badly", 1, open_badly}, {"release", 4, release},   {"release_badly", 1, release_badly},
};

}  // namespace

std::span<const Op> stretch_ops() {
  if (extent().slot == kNone || (extent().rights & kControl) == 0) return {};
  return kOps;
}

}  // namespace fuzzer
