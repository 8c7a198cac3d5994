// SPDX-License-Identifier: MIT
// Extents split and joined again, and the calls of the disk's ownership table without the rights for them.
#include "apps/fuzzer/op.hpp"

namespace fuzzer {

namespace {

u32 random_extent() {
  const u32 slot = random_cap();
  return slot != kNone && shadow.caps[slot].type == CapType::Extent ? slot : kNone;
}

bool derive(u32 source, u32 slot, u64 start, u64 count, u32 rights) {
  const Answer answer = call(Call::cap_derive, source, slot, rights, start, count);
  if (!expect(answer, kRoom, "cap_derive of an extent")) return false;
  Cap cap = shadow.caps[source];
  cap.start = start;
  cap.count = count;
  cap.rights = rights;
  cap.parent = source;
  cap.children = cap.granted = cap.uses = 0;
  add_cap(slot, cap);
  return true;
}

// Two neighbours with the same rights become one; with a gap between them or other rights they do not.
void split_and_join() {
  const u32 source = random_extent();
  if (source == kNone || shadow.caps[source].count < 8) return;
  const Cap parent = shadow.caps[source];
  const u64 half = 1 + run.random.below(static_cast<u32>(parent.count < 1000 ? parent.count - 4 : 1000));
  const u64 gap = run.random.one_in(3) ? 1 : 0;
  const u32 less = run.random.one_in(3) ? parent.rights & kWrite : 0;
  const u32 one_slot = empty_slot();
  if (one_slot == kNone || !derive(source, one_slot, parent.start, half, parent.rights)) return;
  const u32 other = empty_slot();
  if (other == kNone || !derive(source, other, parent.start + half + gap, 2, parent.rights & ~less)) return;
  const Answer answer = call(Call::extent_join, one_slot, other);
  if (gap != 0 || less != 0) return expect_refused(answer, "extent_join of what does not fit");
  expect(answer, kOk, "extent_join");
  shadow.caps[one_slot].count += 2;
  remove_cap(other);
}

void join_badly() {
  const u32 one_slot = random_cap();
  const u32 other = random_cap();
  if (one_slot == kNone || other == kNone) return;
  const Cap& a = shadow.caps[one_slot];
  const Cap& b = shadow.caps[other];
  if (a.type == CapType::Extent && b.type == CapType::Extent && a.parent == b.parent && one_slot != other)
    return;
  expect_refused(call(Call::extent_join, one_slot, other), "extent_join");
}

// No capability of this environment has kControl or kCreate over blocks.
void manage_badly() {
  const u32 slot = random_cap();
  const u32 target = empty_slot();
  if (slot == kNone || target == kNone) return;
  const u64 block = shadow.caps[slot].start;
  switch (run.random.below(4)) {
    case 0:
      return expect_refused(call(Call::extent_format, slot, run.random.below(4)), "extent_format");
    case 1:
      return expect_refused(call(Call::extent_allocate, slot, 1, 2, block, 1, target), "extent_allocate");
    case 2:
      return expect_refused(call(Call::extent_open, slot, 1, 2, 0, target), "extent_open");
    default:
      return expect_refused(call(Call::extent_release, slot, block, 1), "extent_release");
  }
}

constexpr Op kOps[] = {
    {"split_and_join", 3, split_and_join}, {"join_badly", 2, join_badly}, {"manage_badly", 3, manage_badly}};

}  // namespace

std::span<const Op> extent_ops() {
  if (core::start_info->extent.slot == kNone) return {};
  return kOps;
}

}  // namespace fuzzer
