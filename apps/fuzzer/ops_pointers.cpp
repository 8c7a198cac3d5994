// SPDX-License-Identifier: MIT
// Good calls with pointers that lead nowhere, into the kernel, or are not aligned.
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

u64 bad_pointer() {
  constexpr u64 kNowhere[] = {0,
                              0x1000,
                              0x123456000,
                              kUserEnd - 8,
                              kUserEnd,
                              0x7fffffffffff,
                              0x800000000000,
                              0xffff800000000000,
                              0xffffffff80000000,
                              ~0ul,
                              ~0ul - 7,
                              0x400001};
  return run.random.pick(kNowhere);
}

void bad_input() {
  struct Shape {
    Call number;
    u64 before[2];
    u32 position;  // of the pointer
    u64 after;
  };
  const u64 queue = run.random.below(kMaxQueues);
  const Shape shapes[] = {
      {Call::frame_free, {kSlotSelf, 0}, 1, 1},
      {Call::frame_give, {kSlotSelf, kSlotSelf}, 2, 1},
      {Call::page_update, {kSlotSelf, 0}, 1, 1},
      {Call::env_configure, {kChildren, 0}, 1, 0},
      {Call::filter_derive, {kReceive, kLastPlay}, 2, 4},
      {Call::net_bind, {0, 0}, 0, 0},
      {Call::disk_submit, {queue, 0}, 1, 1},
      {Call::disk_queue_open, {kExtent, 0}, 1, 0},
      {Call::frame_alloc, {kSlotSelf, kNone}, 3, 0},
  };
  const Shape shape = run.random.pick(shapes);
  u64 words[5] = {shape.before[0], shape.before[1], 1, 0, 0};
  words[shape.position] = bad_pointer();
  words[shape.position + 1] = shape.after;
  expect_refused(call(shape.number, words[0], words[1], words[2], words[3], words[4]), "a bad pointer");
}

// Registers whose upper halves are not empty where a number of 32 bits is wanted.
void wide_number() {
  const u64 wide = run.random.next() | 1ul << (32 + run.random.below(32));
  constexpr Call kCalls[] = {Call::cap_drop,   Call::cap_revoke, Call::frame_free, Call::frame_alloc,
                             Call::page_flush, Call::notify,     Call::net_unbind, Call::disk_queue_close};
  expect_refused(call(run.random.pick(kCalls), wide, 0, 0, 0), "a number that is too wide");
}

void no_such_call() {
  const u64 number =
      run.random.one_in(2) ? kCallCount + run.random.below(1000) : run.random.next() | 1ul << 40;
  expect(call(static_cast<Call>(number), run.random.next(), run.random.next()), one(Status::BadCall),
         "no such call");
}

void null() { expect(call(Call::null), kOk, "null"); }

constexpr Op kOps[] = {{"bad_input", 6, bad_input},
                       {"wide_number", 3, wide_number},
                       {"no_such_call", 2, no_such_call},
                       {"null", 1, null}};

}  // namespace

std::span<const Op> pointer_ops() { return kOps; }

}  // namespace fuzzer
