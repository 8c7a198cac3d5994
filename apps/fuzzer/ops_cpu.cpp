// SPDX-License-Identifier: MIT
// Giving up the CPU, waking others, and positions of the slice vectors.
#include "abi/slice.hpp"
#include "abi/wake.hpp"
#include "apps/fuzzer/child.hpp"
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/op.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace fuzzer {

namespace {

constexpr Allowed kOther = any_of(Status::Ok, Status::Busy, Status::Gone, Status::BadCap);

void yield() {
  const u32 to = run.random.one_in(16) ? kNone : random_other();
  const Status status = core::yield(to).status;
  note(Call::yield, to, 0, 0, {status, 0});
  expect({status, 0}, to == kNone ? kOk : kOther, "yield");
}

void yield_badly() {
  const u32 to = random_slot(kExtent, kLastPlay);
  const Status status = core::yield(to).status;
  note(Call::yield, to, 0, 0, {status, 0});
  expect_refused({status, 0}, "yield to something that is no environment");
}

void sleep() {
  static volatile u64 word = 0;
  const u64 deadline = core::tsc() + run.random.below(400000);
  const bool same = run.random.one_in(2);
  const Status status = core::sleep(&word, same ? 0 : 1, deadline).status;
  note(Call::sleep, address(&word), same ? 0 : 1, deadline, {status, 0});
  expect({status, 0}, kOk, "sleep");
}

// A predicate over two words, one that holds or one that does not; or one thing wrong with it.
void sleep_until() {
  static volatile u64 words[2] = {5, 0};
  WakePredicate predicate{};
  predicate.words[0] = address(&words[0]);
  predicate.words[1] = address(&words[1]);
  predicate.word_count = 2;
  predicate.length = 2;
  predicate.code[0] = {0x20, 0, 0, run.random.one_in(2) ? 4u : 12u};  // ld: the low half of either
  predicate.code[1] = {0x16, 0, 0, 0};                                // ret A
  const u32 wrong = run.random.below(8);
  if (wrong == 0) predicate.word_count = outside32(1, kMaxWakeWords + 1);
  if (wrong == 1) predicate.words[1] = view_address(kTableEntries - 1);  // never mapped
  if (wrong == 2) predicate.words[1]++;
  if (wrong == 3) predicate.length = outside32(1, kMaxWakeInsns + 1);
  if (wrong == 4) predicate.code[1].code = 0xffff;
  const Status status = core::sleep_until(predicate, core::tsc() + run.random.below(400000)).status;
  note(Call::sleep_until, address(&predicate), wrong, 0, {status, 0});
  if (wrong < 5) return expect_refused({status, 0}, "sleep_until");
  expect({status, 0}, kOk, "sleep_until");
}

void notify() { expect(call(Call::notify, random_other()), kOther, "notify"); }

bool is_slices(u32 slot) { return slot != kNone && shadow.caps[slot].type == CapType::Slices; }

constexpr Allowed kClaimed =
    any_of(Status::Ok, Status::Occupied, Status::Quota, Status::Gone, Status::BadCap);

void claim_one(const SliceClaim& claimed) {
  const Cap& cap = shadow.caps[claimed.slices];
  const bool slices = cap.type == CapType::Slices && (cap.rights & kInvoke) != 0;
  const u64 covered = slices ? ((1ul << cap.count) - 1) << cap.start : 0;
  const Answer answer = call(Call::slice_claim, kSlotSelf, address(&claimed), 1);
  if (claimed.mask == 0 || (claimed.mask & ~covered) != 0) return expect_refused(answer, "slice_claim");
  expect(answer, kClaimed, "slice_claim");
}

void assign() {
  const u32 slot = random_cap();
  const u32 target = run.random.one_in(4) ? kNone : run.random.one_in(2) ? kSlotSelf : random_other();
  if (slot == kNone) return;
  const Cap& cap = shadow.caps[slot];
  const u32 first = static_cast<u32>(cap.start);
  const u32 count = 1 + run.random.below(static_cast<u32>(cap.count == 0 ? 1 : cap.count));
  const Answer answer = call(Call::slice_assign, slot, target, first, count);
  if (!is_slices(slot) || (cap.rights & kInvoke) == 0)
    return expect_refused(answer, "slice_assign by something else");
  expect(answer, kClaimed, "slice_assign");
}

void assign_badly() {
  const u32 slot = random_cap();
  if (!is_slices(slot)) return;
  const Cap& cap = shadow.caps[slot];
  const u64 first = run.random.one_in(2) ? cap.start - 1 : cap.start + cap.count;
  const u64 count = run.random.one_in(4) ? 0 : 1 + run.random.below(70);
  expect_refused(call(Call::slice_assign, slot, kSlotSelf, first, count), "slice_assign of other positions");
}

// Positions of one or two capabilities at once; one position too many makes the whole claim void.
void claim() {
  SliceClaim list[2] = {};
  bool allowed = true;
  for (SliceClaim& one_cpu : list) {
    const u32 slot = random_cap();
    if (slot == kNone) return;
    const Cap& cap = shadow.caps[slot];
    one_cpu.slices = slot;
    one_cpu.mask = run.random.next() & (run.random.one_in(4) ? ~0ul : ~0ul << kPlayPositions);
    const u64 covered = is_slices(slot) ? ((1ul << cap.count) - 1) << cap.start : 0;
    if (!run.random.one_in(4)) one_cpu.mask &= covered;
    allowed = allowed && is_slices(slot) && (cap.rights & kInvoke) != 0 && one_cpu.mask != 0 &&
              (one_cpu.mask & ~covered) == 0;
  }
  const u32 count = run.random.one_in(3) ? 2 : 1;
  if (count == 1) return claim_one(list[0]);
  const Answer answer = call(Call::slice_claim, kSlotSelf, address(list), count);
  if (!allowed) return expect_refused(answer, "slice_claim");
  expect(answer, kClaimed | one(Status::BadArgument), "slice_claim");  // BadArgument: both name one CPU
}

void ask_idle() {
  const u32 slot = random_cap();
  if (slot == kNone) return;
  const u32 weight = run.random.one_in(4) ? outside32(0, kMaxIdleWeight + 1) : run.random.below(4);
  const Answer answer =
      call(Call::slice_idle, slot, run.random.one_in(2) ? kSlotSelf : random_other(), weight);
  const bool allowed =
      is_slices(slot) && (shadow.caps[slot].rights & kInvoke) != 0 && weight <= kMaxIdleWeight;
  if (!allowed) return expect_refused(answer, "slice_idle");
  expect(answer, kClaimed | one(Status::NoSpace), "slice_idle");
}

constexpr Op kOps[] = {
    {"yield", 2, yield},
    {"yield_badly", 1, yield_badly},
    {"sleep", 1, sleep},
    {"sleep_until", 2, sleep_until},
    {"notify", 3, notify},
    {"assign", 3, assign},
    {"assign_badly", 3, assign_badly},
    {"claim", 4, claim},
    {"ask_idle", 2, ask_idle},
};

}  // namespace

u32 random_other() {
  return run.random.one_in(3) ? kPeers + run.random.below(kPeerCount)
                              : kChildren + run.random.below(kChildCount);
}

std::span<const Op> cpu_ops() { return kOps; }

}  // namespace fuzzer
