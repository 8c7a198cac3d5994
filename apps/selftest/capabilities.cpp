// SPDX-License-Identifier: MIT
// Capabilities to one's own frames: share, derive, map under, revoke, drop.
#include <algorithm>

#include "apps/selftest/test.hpp"
#include "core/resources.hpp"
#include "vm/vm.hpp"

namespace selftest {

namespace {

constexpr u32 kA = 40, kB = 41, kC = 42;  // slots

// Two adjacent own frames, which frame_share needs for a range. The rivals mix up the free list.
bool adjacent(u32 (&pair)[2]) {
  u32 frames[64];
  if (core::take_frames(frames, 64) != Status::Ok) return false;
  std::sort(frames, frames + 64);
  u32 at = 0;
  while (at < 62 && frames[at + 1] != frames[at] + 1) at++;
  pair[0] = frames[at];
  pair[1] = frames[at + 1];
  if (core::put_frames(frames, at) != Status::Ok) return false;
  if (core::put_frames(frames + at + 2, 62 - at) != Status::Ok) return false;
  return pair[1] == pair[0] + 1;
}

Outcome share_derive_drop() {
  u32 pair[2];
  EXPECT(adjacent(pair));
  EXPECT_OK(sys::frame_share(kA, pair[0], 2, kRead | kWrite | kGrant).status);
  EXPECT_STATUS(sys::frame_share(kA, pair[0], 1, kRead).status, Status::Occupied);
  EXPECT_OK(sys::cap_derive(kA, kB, kRead, pair[1], 1).status);
  EXPECT_STATUS(sys::cap_derive(kA, kB, kRead, pair[1], 1).status, Status::Occupied);
  EXPECT_STATUS(sys::cap_derive(kB, kC, kRead | kWrite, pair[1], 1).status, Status::Denied);
  EXPECT_STATUS(sys::cap_derive(kB, kC, kRead, pair[0], 1).status, Status::OutOfRange);
  EXPECT_STATUS(sys::cap_derive(kB, kC, kRead, pair[1], 2).status, Status::OutOfRange);
  EXPECT_STATUS(sys::cap_drop(kA).status, Status::Busy);
  EXPECT_OK(sys::cap_drop(kB).status);
  EXPECT_OK(sys::cap_drop(kA).status);
  EXPECT_STATUS(sys::cap_drop(kA).status, Status::BadCap);
  EXPECT_OK(core::put_frames(pair, 2));
  return nullptr;
}

Outcome share_needs_ownership() {
  EXPECT_STATUS(sys::frame_share(kA, 0, 1, kRead).status, Status::Denied);
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT(sys::frame_share(kA, frame, 512, kRead).status != Status::Ok);
  EXPECT_STATUS(sys::frame_share(kA, frame, 0, kRead).status, Status::BadArgument);
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

Outcome revoke_takes_descendants() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(sys::frame_share(kA, frame, 1, kRead | kWrite).status);
  EXPECT_OK(sys::cap_derive(kA, kB, kRead | kWrite, frame, 1).status);
  EXPECT_OK(sys::cap_derive(kB, kC, kRead, frame, 1).status);
  EXPECT_OK(core::until_done([] { return sys::cap_revoke(kA).status; }));
  EXPECT_STATUS(sys::cap_drop(kB).status, Status::BadCap);
  EXPECT_STATUS(sys::cap_drop(kC).status, Status::BadCap);
  EXPECT_OK(sys::cap_drop(kA).status);
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

// More than one step's worth: Again in between, and a whole tree after each.
Outcome revoke_in_steps() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(sys::frame_share(kA, frame, 1, kRead | kWrite).status);
  constexpr u32 kFirst = 56, kLast = kCapsPerEnv;
  for (u32 slot = kFirst; slot < kLast; slot++)
    EXPECT_OK(sys::cap_derive(slot % 8 == 0 ? kA : slot - 1, slot, kRead, frame, 1).status);
  u32 steps = 1;
  EXPECT_OK(core::until_done([&] {
    steps++;
    return sys::cap_revoke(kA).status;
  }));
  EXPECT(steps > 2);
  for (u32 slot = kFirst; slot < kLast; slot++) EXPECT_STATUS(sys::cap_drop(slot).status, Status::BadCap);
  EXPECT_OK(sys::cap_drop(kA).status);
  EXPECT_OK(core::put_frames(&frame, 1));
  return nullptr;
}

Outcome revoke_takes_mappings() {
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(sys::frame_share(kA, frame, 1, kRead | kWrite).status);
  EXPECT_OK(sys::cap_derive(kA, kB, kRead, frame, 1).status);
  const auto table = core::take_table(1);
  EXPECT_OK(table.status());
  const PageUpdate set{table.value(), 9, frame, kB, PageAction::Set, kRead};
  const PageUpdate too_much{table.value(), 10, frame, kB, PageAction::Set, kRead | kWrite};
  EXPECT_STATUS(sys::page_update(kSlotSelf, &too_much, 1).status, Status::Denied);
  EXPECT_OK(sys::page_update(kSlotSelf, &set, 1).status);
  EXPECT_STATUS(sys::cap_drop(kB).status, Status::Busy);
  EXPECT_OK(core::until_done([] { return sys::cap_revoke(kA).status; }));
  const PageUpdate clear{table.value(), 9, frame, kNone, PageAction::Clear, 0};
  EXPECT_STATUS(sys::page_update(kSlotSelf, &clear, 1).status, Status::BadArgument);  // empty already
  EXPECT_OK(sys::cap_drop(kA).status);
  const u32 both[2] = {frame, table.value()};
  EXPECT_OK(core::put_frames(both, 2));
  return nullptr;
}

Outcome slot_zero_stays() {
  EXPECT(sys::cap_drop(kSlotSelf).status != Status::Ok);
  EXPECT_STATUS(sys::cap_drop(kCapsPerEnv).status, Status::BadCap);
  EXPECT_STATUS(sys::cap_drop(100).status, Status::BadCap);
  return nullptr;
}

constexpr Test kTests[] = {
    {"share_derive_drop", share_derive_drop},
    {"share_needs_ownership", share_needs_ownership},
    {"revoke_takes_descendants", revoke_takes_descendants},
    {"revoke_in_steps", revoke_in_steps},
    {"revoke_takes_mappings", revoke_takes_mappings},
    {"slot_zero_stays", slot_zero_stays},
};

}  // namespace

std::span<const Test> capability_tests() { return kTests; }

}  // namespace selftest
