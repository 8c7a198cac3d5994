// SPDX-License-Identifier: MIT
// The lab: entries by capability, changed rights, and whether memory is there exactly when it should be.
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/op.hpp"
#include "apps/fuzzer/probe.hpp"

namespace fuzzer {

namespace {

constexpr u32 kSteps[] = {kRead, kRead | kWrite, kRead | kExecute, kRead | kWrite | kExecute};

u32 random_entry(bool present) {
  const u32 start = run.random.below(kLabEntries);
  for (u32 i = 0; i < kLabEntries; i++)
    if (shadow.lab[(start + i) % kLabEntries].present == present) return (start + i) % kLabEntries;
  return kNoIndex;
}

bool is_data(const Frame& f) { return f.type == FrameType::Data; }

void record(u32 entry, u32 index, u32 cap, u32 rights) {
  shadow.lab[entry] = {true, false, shadow.frames[index].number, cap, rights};
  shadow.frames[index].maps++;
}

void map_own() {
  const u32 entry = random_entry(false);
  const u32 index = random_frame(FrameType::Data, is_data);
  if (entry == kNoIndex || index == kNoIndex) return;
  const u32 rights = run.random.pick(kSteps);
  expect(update(step(shadow.lab_table, entry, shadow.frames[index].number, kNone, PageAction::Set, rights)),
         kOk, "page_update Set of an own frame");
  record(entry, index, kNone, rights);
}

// Any frame by any capability: allowed exactly if it covers the frame, with those rights.
void map_by_cap() {
  const u32 entry = random_entry(false);
  const u32 index = random_frame(FrameType::Data, is_data);
  const u32 slot = random_cap();
  if (entry == kNoIndex || index == kNoIndex || slot == kNone) return;
  const Cap& cap = shadow.caps[slot];
  Frame& f = shadow.frames[index];
  const u32 rights = run.random.pick(kSteps);
  const bool allowed = covers(cap, f) && (rights & ~cap.rights) == 0;
  const Answer answer = update(step(shadow.lab_table, entry, f.number, slot, PageAction::Set, rights));
  if (!allowed) return expect_refused(answer, "page_update by a capability that does not cover it");
  expect(answer, kOk, "page_update by a capability");
  record(entry, index, slot, rights);
  shadow.caps[slot].uses++;
}

// What others have put into the mailbox, if anything.
void map_foreign() {
  const u32 entry = random_entry(false);
  if (entry == kNoIndex) return;
  const u32 slot = random_slot(kMailbox, kMailboxEnd - 1);
  const u32 rights = run.random.pick(kSteps);
  const u64 guess = ledger_cap(slot).start;
  const Answer answer =
      update(step(shadow.lab_table, entry, static_cast<u32>(guess), slot, PageAction::Set, rights));
  if (expect(answer, kAnything, "page_update by the mailbox"))
    shadow.lab[entry] = {true, true, kNone, slot, rights};
}

void unmap() {
  const u32 entry = random_entry(true);
  if (entry == kNoIndex) return;
  const Entry old = shadow.lab[entry];
  const Allowed allowed = old.foreign ? any_of(Status::Ok, Status::BadArgument) : kOk;
  expect(update(step(shadow.lab_table, entry, kNone, kNone, PageAction::Clear, 0)), allowed,
         "page_update Clear");
  const u32 index = old.foreign ? kNoIndex : find_frame(old.frame);
  shadow.stale = true;
  if (index != kNoIndex) shadow.frames[index].maps--;
  if (!old.foreign && old.cap != kNone) shadow.caps[old.cap].uses--;
  shadow.lab[entry] = Entry();
}

void protect() {
  const u32 entry = run.random.below(kLabEntries);
  Entry& e = shadow.lab[entry];
  const u32 rights = run.random.pick(kSteps);
  const Answer answer = update(step(shadow.lab_table, entry, kNone, kNone, PageAction::Protect, rights));
  if (e.foreign) {
    if (expect(answer, kAnything, "page_update Protect by the mailbox")) e.rights = rights;
    return;
  }
  bool allowed = e.present;
  if (allowed && e.cap != kNone) {
    const u32 index = find_frame(e.frame);
    allowed = index != kNoIndex && covers(shadow.caps[e.cap], shadow.frames[index]) &&
              (rights & ~shadow.caps[e.cap].rights) == 0;
  }
  if (!allowed) return expect_refused(answer, "page_update Protect");
  expect(answer, kOk, "page_update Protect");
  shadow.stale = true;
  e.rights = rights;
}

// The memory of an entry, by what the processor says.
void touch() {
  const u32 entry = run.random.below(kLabEntries);
  const Entry& e = shadow.lab[entry];
  if (shadow.stale && !run.random.one_in(4)) return;  // flushing takes long
  if (shadow.stale) expect(call_until_done(Call::page_flush, kSlotSelf), kOk, "page_flush");
  shadow.stale = false;
  u64 value = 0;
  const bool readable = probe_read(lab_address(entry), value);
  if (e.foreign) {
    if (readable) probe_write(lab_address(entry), run.random.next());
    return;
  }
  if (readable != e.present) fail("memory is there or not against the entry", entry);
  if (!e.present) return;
  const u32 index = find_frame(e.frame);
  if (shadow.frames[index].known && shadow.frames[index].pattern != value)
    fail("a page shows another frame", entry);
  if (probe_write(lab_address(entry), value) != ((e.rights & kWrite) != 0))
    fail("a page can be written or not against the entry", entry);
}

constexpr Op kOps[] = {{"map_own", 8, map_own},         {"map_by_cap", 14, map_by_cap},
                       {"map_foreign", 6, map_foreign}, {"unmap", 16, unmap},
                       {"protect", 8, protect},         {"touch", 8, touch}};

}  // namespace

std::span<const Op> lab_ops() { return kOps; }

}  // namespace fuzzer
