// SPDX-License-Identifier: MIT
// Allocating, freeing, retyping and giving frames.
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

constexpr Allowed kShort = any_of(Status::Ok, Status::NoMemory, Status::Quota);

void allocate() {
  u32 list[kMaxFrameBatch];
  const u32 want = 1 + run.random.below(4);
  const Answer answer = call(Call::frame_alloc, kSlotSelf, kNone, want, address(list));
  const bool all = expect(answer, kShort, "frame_alloc");
  if (answer.value > want || (all && answer.value != want))
    fail("frame_alloc gave another number", answer.value);
  for (u32 i = 0; i < answer.value; i++) {
    const u32 place = empty_place();
    if (place != kNoIndex) {
      add_frame(place, list[i]);
    } else {
      expect(call(Call::frame_free, kSlotSelf, address(&list[i]), 1), kOk, "frame_free of a new one");
    }
  }
}

void allocate_by_name() {
  const u32 place = empty_place();
  if (place == kNoIndex) return;
  u32 got = kNone;
  const u32 want = run.random.below(core::start_info->frame_count);
  if (!expect(call(Call::frame_alloc, kSlotSelf, want, 1, address(&got)), kShort, "frame_alloc by name"))
    return;
  if (got != want) fail("frame_alloc gave another frame", got);
  add_frame(place, got);
}

void allocate_badly() {
  u32 list[kMaxFrameBatch];
  const u32 owned = random_frame(FrameType::Data, [](const Frame&) { return true; });
  switch (run.random.below(4)) {
    case 0:
      return expect_refused(
          call(Call::frame_alloc, kSlotSelf, kNone, outside(1, kMaxFrameBatch + 1), address(list)),
          "frame_alloc of a wrong number");
    case 1:
      if (owned == kNoIndex) return;
      return expect_refused(call(Call::frame_alloc, kSlotSelf, shadow.frames[owned].number, 1, address(list)),
                            "frame_alloc of a frame that is in use");
    case 2:
      return expect_refused(call(Call::frame_alloc, random_slot(kExtent, kSend), kNone, 1, address(list)),
                            "frame_alloc for something that is no environment");
    default:
      return expect_refused(call(Call::frame_alloc, kSlotSelf, run.random.below(9), 2, address(list)),
                            "frame_alloc of two by one name");
  }
}

void free_one() {
  const bool table = run.random.one_in(4);
  const auto type = table ? static_cast<FrameType>(static_cast<u32>(FrameType::Table1) + run.random.below(4))
                          : FrameType::Data;
  const u32 index = random_frame(type, at_rest);
  if (index == kNoIndex) return;
  check(index);
  const Frame& f = shadow.frames[index];
  const Allowed allowed = f.busy || is_lent(f) ? any_of(Status::Ok, Status::Busy) : kOk;
  if (f.type == FrameType::Data) hide(index);
  const u32 number = f.number;
  if (expect(call(Call::frame_free, kSlotSelf, address(&number), 1), allowed, "frame_free"))
    return forget(index);
  if (f.type == FrameType::Data) view(index);
}

void free_badly() {
  u32 list[2] = {foreign_frame(), kNone};
  const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return f.viewed; });
  if (index != kNoIndex && run.random.one_in(2)) list[0] = shadow.frames[index].number;  // it is mapped
  const u64 count = run.random.one_in(3) ? outside(1, kMaxFrameBatch + 1) : 1;
  expect_refused(call(Call::frame_free, kSlotSelf, address(list), count), "frame_free");
}

void retype() {
  const u32 index = random_frame(FrameType::Data, at_rest);
  if (index == kNoIndex) return;
  check(index);
  Frame& f = shadow.frames[index];
  hide(index);
  const u32 type = static_cast<u32>(FrameType::Table1) + run.random.below(4);
  const Allowed allowed = f.busy || is_lent(f) ? any_of(Status::Ok, Status::Busy) : kOk;
  if (!expect(call_until_done(Call::frame_retype, kSlotSelf, f.number, type), allowed, "frame_retype"))
    return view(index);
  f.type = static_cast<FrameType>(type);
  f.born = ++shadow.clock;
  f.known = false;
}

void retype_badly() {
  const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return f.viewed; });
  if (index == kNoIndex) return;
  const u32 number = shadow.frames[index].number;
  const u64 table = static_cast<u32>(FrameType::Table1) + run.random.below(4);
  const u64 other = run.random.below(run.random.one_in(2) ? 4 : 256);
  const bool good =
      other >= static_cast<u32>(FrameType::Table1) && other <= static_cast<u32>(FrameType::Table4);
  switch (run.random.below(3)) {
    case 0:
      return expect_refused(call(Call::frame_retype, kSlotSelf, number, table),
                            "frame_retype of a mapped frame");
    case 1:
      return expect_refused(call(Call::frame_retype, kSlotSelf, foreign_frame(), table),
                            "frame_retype of a foreign frame");
    default:
      return expect_refused(call(Call::frame_retype, kSlotSelf, number, good ? 0 : other),
                            "frame_retype to another type");
  }
}

// To oneself it is no more than a new stamp: older capabilities cover it no more.
void give() {
  const u32 index = random_frame(FrameType::Data, at_rest);
  if (index == kNoIndex) return;
  check(index);
  Frame& f = shadow.frames[index];
  const bool away = run.random.one_in(16);
  const u32 to = away ? kPeers + run.random.below(kPeerCount) : kSlotSelf;
  Allowed allowed = f.busy || is_lent(f) ? any_of(Status::Ok, Status::Busy) : kOk;
  if (away) allowed |= any_of(Status::Quota, Status::Gone, Status::BadCap);
  hide(index);
  const u32 number = f.number;
  const Answer answer = call_until_done(Call::frame_give, kSlotSelf, to, address(&number), 1);
  const bool given = expect(answer, allowed, "frame_give");
  if (given && away) return forget(index);
  if (given) f.born = ++shadow.clock;
  view(index);
}

void give_badly() {
  const u32 index = random_frame(FrameType::Data, [](const Frame& f) { return f.viewed; });
  u32 number = foreign_frame();
  if (index != kNoIndex && run.random.one_in(2)) number = shadow.frames[index].number;  // it is mapped
  const u32 to = run.random.one_in(2) ? kSlotSelf : kPeers + run.random.below(kPeerCount);
  expect_refused(call(Call::frame_give, kSlotSelf, to, address(&number), 1), "frame_give");
}

constexpr Op kOps[] = {
    {"allocate", 10, allocate},
    {"allocate_by_name", 3, allocate_by_name},
    {"allocate_badly", 4, allocate_badly},
    {"free_one", 14, free_one},
    {"free_badly", 4, free_badly},
    {"retype", 3, retype},
    {"retype_badly", 3, retype_badly},
    {"give", 4, give},
    {"give_badly", 3, give_badly},
};

}  // namespace

std::span<const Op> frame_ops() { return kOps; }

}  // namespace fuzzer
