// SPDX-License-Identifier: MIT
// 2 MiB pages: made of 512 frames in a row, mapped, split and given back. They are not tracked beyond the
// operation.
#include "apps/fuzzer/op.hpp"
#include "apps/fuzzer/probe.hpp"

namespace fuzzer {

namespace {

constexpr u32 kSlot = 2;  // of the table above

// Frees frames first, first + 1, ...
void free_run(u32 first, u32 count) {
  u32 list[kMaxFrameBatch];
  while (count > 0) {
    const u32 batch = count < kMaxFrameBatch ? count : kMaxFrameBatch;
    for (u32 i = 0; i < batch; i++) list[i] = first + i;
    const Answer answer = call(Call::frame_free, kSlotSelf, address(list), batch);
    expect(answer, kOk, "frame_free of a run");
    first += batch;
    count -= batch;
  }
}

// All frames of a 2 MiB page; kNone if some of them are not free.
u32 take_run() {
  u32 list[kMaxFrameBatch];
  const u32 first = run.random.below(core::start_info->frame_count / kLargeFrames) * kLargeFrames;
  for (u32 got = 0; got < kLargeFrames; got += kMaxFrameBatch) {
    const Answer answer = call(Call::frame_alloc, kSlotSelf, first + got, kMaxFrameBatch, address(list));
    const bool all =
        expect(answer, any_of(Status::Ok, Status::NoMemory, Status::Quota), "frame_alloc of a run");
    for (u32 i = 0; i < answer.value; i++)
      if (list[i] != first + got + i) fail("frame_alloc of a run gave another frame", list[i]);
    if (all) continue;
    free_run(first, got + static_cast<u32>(answer.value));
    return kNone;
  }
  return first;
}

void use(u32 first) {
  const u32 rights = kRead | (run.random.one_in(2) ? kWrite : 0);
  expect_refused(update(step(shadow.above_table, kSlot, first, kNone, PageAction::Set, rights | kExecute)),
                 "a 2 MiB page that is executable");
  expect_refused(update(step(shadow.lab_table, 200, first, kNone, PageAction::Set, rights)),
                 "a 2 MiB page in a table of small ones");
  expect(update(step(shadow.above_table, kSlot, first, kNone, PageAction::Set, rights)), kOk, "a 2 MiB page");
  const u64 at = kLargeBase + (u64{run.random.below(kLargeFrames)} << kPageShift);
  u64 value = 1;
  if (!probe_read(at, value) || value != 0) fail("a 2 MiB page is not there or not empty", value);
  if (probe_write(at, run.random.next()) != ((rights & kWrite) != 0)) fail("a 2 MiB page against its rights");
  expect(call(Call::frame_split, kSlotSelf, first), one(Status::Busy), "frame_split of a mapped page");
  expect(update(step(shadow.above_table, kSlot, kNone, kNone, PageAction::Clear, 0)), kOk,
         "Clear of a 2 MiB page");
  shadow.stale = true;
}

void join_use_split() {
  const u32 first = take_run();
  if (first == kNone) return;
  expect(call_until_done(Call::frame_join, kSlotSelf, first), kOk, "frame_join");
  const u32 part = first + run.random.below(kLargeFrames);
  expect_refused(call(Call::frame_free, kSlotSelf, address(&part), 1), "frame_free of a part");
  expect_refused(call(Call::frame_give, kSlotSelf, kSlotSelf, address(&part), 1), "frame_give of a part");
  expect_refused(call(Call::frame_retype, kSlotSelf, part, static_cast<u64>(FrameType::Table1)),
                 "frame_retype of a part");
  use(first);
  expect(call_until_done(Call::frame_split, kSlotSelf, first), kOk, "frame_split");
  free_run(first, kLargeFrames);
}

// Misaligned, or not all of it ours.
void join_badly() {
  const u32 index = random_frame(FrameType::Data, [](const Frame&) { return true; });
  if (index == kNoIndex) return;
  const u32 number = run.random.one_in(2) ? shadow.frames[index].number : foreign_frame();
  const u32 first = run.random.one_in(2) ? number : large_head(number);
  expect_refused(call(Call::frame_join, kSlotSelf, first), "frame_join");
  expect_refused(call(Call::frame_split, kSlotSelf, number), "frame_split");
}

constexpr Op kOps[] = {{"join_use_split", 1, join_use_split}, {"join_badly", 2, join_badly}};

}  // namespace

std::span<const Op> large_ops() { return kOps; }

}  // namespace fuzzer
