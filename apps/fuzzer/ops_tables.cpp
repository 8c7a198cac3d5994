// SPDX-License-Identifier: MIT
// Page tables that no CPU uses: linking and unlinking them in all levels, and entries that must not be.
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

FrameType type_of(u32 level) {
  return static_cast<FrameType>(static_cast<u32>(FrameType::Table1) + level - 1);
}
u32 random_level(u32 low) { return low + run.random.below(5 - low); }
bool any(const Frame&) { return true; }

// Entry n of a tracked table names the tracked frame n.
void link() {
  const u32 level = random_level(1);
  const u32 table = random_frame(type_of(level), any);
  const u32 target = random_frame(level == 1 ? FrameType::Data : type_of(level - 1), any);
  if (table == kNoIndex || target == kNoIndex) return;
  const bool taken = holds(shadow.frames[table], target);
  const u32 rights = kRead | (run.random.below(8) & (kWrite | kExecute));
  const PageUpdate set =
      step(shadow.frames[table].number, target, shadow.frames[target].number, kNone, PageAction::Set, rights);
  const Answer answer = update(set);
  if (expect(answer, taken ? one(Status::Occupied) : kOk, "page_update Set in a table"))
    set_entry(table, target, true);
}

// A table that a capability covers may be named like one of one's own. It is unlinked at once.
void link_by_cap() {
  const u32 level = random_level(2);
  const u32 table = random_frame(type_of(level), any);
  const u32 target = random_frame(type_of(level - 1), any);
  const u32 slot = random_cap();
  if (table == kNoIndex || target == kNoIndex || slot == kNone) return;
  if (holds(shadow.frames[table], target)) return;
  const Cap& cap = shadow.caps[slot];
  const u32 rights = kRead | (run.random.below(8) & (kWrite | kExecute));
  const bool allowed = covers(cap, shadow.frames[target]) && (rights & ~cap.rights) == 0;
  const u32 number = shadow.frames[table].number;
  const Answer answer =
      update(step(number, target, shadow.frames[target].number, slot, PageAction::Set, rights));
  if (!allowed)
    return expect_refused(answer, "page_update of a table by a capability that does not cover it");
  expect(answer, kOk, "page_update of a table by a capability");
  expect(call(Call::cap_drop, slot), one(Status::Busy), "cap_drop of what a table stands on");
  expect(update(step(number, target, kNone, kNone, PageAction::Clear, 0)), kOk, "page_update Clear");
}

void unlink() {
  const u32 table = random_frame(type_of(random_level(1)), any);
  if (table == kNoIndex) return;
  const u32 slot = run.random.below(kFrames);
  const bool there = holds(shadow.frames[table], slot);
  const PageUpdate clear = step(shadow.frames[table].number, slot, kNone, kNone, PageAction::Clear, 0);
  if (expect(update(clear), there ? kOk : one(Status::BadArgument), "page_update Clear in a table"))
    set_entry(table, slot, false);
}

// Something present, so that tables become empty again.
void unlink_something() {
  const u32 table = random_frame(type_of(random_level(1)),
                                 [](const Frame& f) { return (f.present[0] | f.present[1]) != 0; });
  if (table == kNoIndex) return;
  u32 slot = run.random.below(kFrames);
  while (!holds(shadow.frames[table], slot)) slot = (slot + 1) % kFrames;
  const PageUpdate clear = step(shadow.frames[table].number, slot, kNone, kNone, PageAction::Clear, 0);
  expect(update(clear), kOk, "page_update Clear of what is there");
  set_entry(table, slot, false);
}

// A valid step for an empty entry, with one thing wrong.
void link_badly() {
  const u32 level = random_level(1);
  const u32 table = random_frame(type_of(level), any);
  if (table == kNoIndex) return;
  const u32 wrong_level = random_level(1);
  PageUpdate bad = step(shadow.frames[table].number, 200 + run.random.below(50), foreign_frame(), kNone,
                        PageAction::Set, kRead | kWrite);
  const u32 table_target = random_frame(type_of(wrong_level), any);
  const u32 data_target = random_frame(FrameType::Data, any);
  switch (run.random.below(5)) {
    case 0:
      break;
    case 1:  // a level that does not fit, itself included
      if (wrong_level + 1 == level || table_target == kNoIndex) return;
      bad.target = shadow.frames[table_target].number;
      break;
    case 2:
      if (level == 1 || data_target == kNoIndex) return;
      bad.target = shadow.frames[data_target].number;
      break;
    case 3:
      if (data_target == kNoIndex) return;
      bad.target = shadow.frames[data_target].number;
      bad.slot = outside32(0, level == 4 ? kUserTopSlots : kTableEntries);
      break;
    default:
      if (data_target == kNoIndex) return;
      bad.target = shadow.frames[data_target].number;
      bad.table = run.random.one_in(2) ? foreign_frame() : bad.target;
      break;
  }
  expect_refused(update(bad), "page_update of a table");
}

constexpr Op kOps[] = {{"link", 10, link},
                       {"link_by_cap", 6, link_by_cap},
                       {"unlink", 3, unlink},
                       {"unlink_something", 8, unlink_something},
                       {"link_badly", 6, link_badly}};

}  // namespace

std::span<const Op> table_ops() { return kOps; }

}  // namespace fuzzer
