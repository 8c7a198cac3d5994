// SPDX-License-Identifier: MIT
// Extents: more blocks by joining than by deriving, and the ownership table, which the intruder may not
// manage. Only with an extent (examples/attack).
#include "apps/intruder/tools.hpp"
#include "core/exit.hpp"

namespace intruder {

namespace {

const core::ExtentInfo& extent() { return core::start_info->extent; }

constexpr u32 kLowSlot = 110, kHighSlot = 111, kTargetSlot = 112, kChild = 113;

Status derive_part(u32 slot, u64 first, u64 count, u32 rights = kRead) {
  return sys::cap_derive(extent().slot, slot, rights, first, count).status;
}

void drop_parts() {
  for (const u32 slot : {kChild, kHighSlot, kLowSlot})
    if (sys::cap_drop(slot).status == Status::Busy) core::panic("a part of the extent is in use");
}

// Two parts, tried to be joined, and dropped again.
void join_parts(Trial& trial, u64 low, u64 low_count, u64 high, u64 high_count, u32 high_rights = kRead) {
  if (derive_part(kLowSlot, low, low_count) != Status::Ok ||
      derive_part(kHighSlot, high, high_count, high_rights) != Status::Ok)
    return trial.gained("nothing: no parts to join");
  trial.status(sys::extent_join(kLowSlot, kHighSlot));
  trial.status(sys::extent_join(kHighSlot, kLowSlot));
  drop_parts();
}

void join_overlapping(Trial& trial) {
  const u64 first = extent().first;
  join_parts(trial, first, 20, first + 10, 20);
  join_parts(trial, first, 20, first, 20);
  join_parts(trial, first, 20, first + 5, 5);
}

void join_with_a_gap(Trial& trial) {
  const u64 first = extent().first;
  join_parts(trial, first, 20, first + 21, 20);
  join_parts(trial, first, 1, first + extent().count - 1, 1);
}

void join_other_rights(Trial& trial) { join_parts(trial, extent().first, 20, extent().first + 20, 20, 0); }

// Part and whole, a child of the part and the part: a parent's range must not reach beyond its own.
void join_across_generations(Trial& trial) {
  const u64 first = extent().first;
  if (derive_part(kLowSlot, first, 20) != Status::Ok) return trial.gained("nothing: no part");
  trial.status(sys::extent_join(kLowSlot, extent().slot));
  trial.status(sys::extent_join(extent().slot, kLowSlot));
  if (sys::cap_derive(kLowSlot, kChild, kRead, first + 10, 10).status == Status::Ok) {
    trial.status(sys::extent_join(kChild, kLowSlot));
    trial.status(sys::extent_join(kLowSlot, kChild));
  }
  drop_parts();
}

void join_odd_slots(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++) {
    trial.status(sys::extent_join(extent().slot, slot));
    trial.status(sys::extent_join(slot, extent().slot));
  }
}

void join_with_a_child(Trial& trial) {
  const u64 first = extent().first;
  if (derive_part(kLowSlot, first, 20) != Status::Ok ||
      derive_part(kHighSlot, first + 20, 20) != Status::Ok ||
      sys::cap_derive(kHighSlot, kChild, kRead, first + 20, 1).status != Status::Ok)
    return trial.gained("nothing: no parts to join");
  trial.status(sys::extent_join(kLowSlot, kHighSlot));
  trial.status(sys::extent_join(kHighSlot, kLowSlot));
  drop_parts();
}

void format_somebody_elses_range(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    for (u32 mode = 0; mode < 3; mode++) trial.status(sys::extent_format(slot, mode));
}

void format_odd_modes(Trial& trial) {
  for (const u32 mode : {3u, 4u, 0x80000000u, kNone}) trial.status(sys::extent_format(extent().slot, mode));
}

void allocate_without_the_right(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    trial.status(sys::extent_allocate(slot, 1, 0, extent().first, 1, kTargetSlot));
}

void allocate_outside_the_parent(Trial& trial) {
  for (const u64 wanted : {0ul, extent().first - 1, extent().first + extent().count, ~0ul})
    for (const u64 count : {1ul, extent().count, ~0ul})
      trial.status(sys::extent_allocate(extent().slot, 1, 0, wanted, count, kTargetSlot));
}

void open_blocks_of_other_owners(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    for (u64 owner = 0; owner < 4; owner++) trial.status(sys::extent_open(slot, owner, 0, 0, kTargetSlot));
}

void release_blocks_of_others(Trial& trial) {
  for (u32 slot = 0; slot < kSlotsTried; slot++)
    for (const u64 start : {0ul, extent().first, extent().first - 1, ~0ul})
      trial.status(sys::extent_release(slot, start, 1));
}

constexpr Attack kAttacks[] = {
    {"join-overlapping-extents", refusal(Status::BadArgument), join_overlapping},
    {"join-extents-with-a-gap", refusal(Status::BadArgument), join_with_a_gap},
    {"join-extents-of-other-rights", refusal(Status::Denied), join_other_rights},
    {"join-extents-across-generations", any_refusal, join_across_generations},
    {"join-odd-slots", any_refusal, join_odd_slots},
    {"join-extent-with-a-child", refusal(Status::Busy), join_with_a_child},
    {"format-disk-of-others", any_refusal, format_somebody_elses_range},
    {"format-odd-modes", refusal(Status::BadArgument), format_odd_modes},
    {"allocate-blocks-without-right", any_refusal, allocate_without_the_right},
    {"allocate-blocks-outside-parent", refusal(Status::Denied), allocate_outside_the_parent},
    {"open-blocks-of-other-owners", any_refusal, open_blocks_of_other_owners},
    {"release-blocks-of-others", any_refusal, release_blocks_of_others},
};

}  // namespace

std::span<const Attack> extent_attacks() {
  if (extent().slot != kNone) return kAttacks;
  return {};
}

}  // namespace intruder
