// SPDX-License-Identifier: MIT
// Deriving and revoking capabilities; revoking one that many mappings stand on.
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "apps/bench/scratch.hpp"
#include "core/resources.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kSource = 64;  // slots
constexpr u32 kChild = 80;
constexpr u32 kChildren = 16;
constexpr u32 kShare = 512;  // frames of one capability
constexpr u32 kMostFrames = Scratch::kPages;
constexpr u32 kShares = kMostFrames / kShare;

Status revoke(u32 slot) {
  return core::until_done([slot] { return sys::cap_revoke(slot).status; });
}

// A child of each share, and every page of it mapped by that.
Status map_shares(u32 first, u32 count) {
  PageUpdate steps[kMaxPageBatch];
  for (u32 page = 0; page < count; page += kMaxPageBatch) {
    const u32 share = page / kShare;
    const u32 covers = count < kShare ? count : kShare;
    if (page % kShare == 0) {
      const u32 start = first + page;
      TRY_STATUS(sys::cap_derive(kSource + share, kChild + share, kRead | kWrite, start, covers).status);
    }
    for (u32 i = 0; i < kMaxPageBatch; i++)
      steps[i] = scratch().set(page + i, first + page + i, kChild + share);
    TRY_STATUS(sys::page_update(kSlotSelf, steps, kMaxPageBatch).status);
  }
  return Status::Ok;
}

Status revoke_shares(u32 count) {
  for (u32 page = 0; page < count; page += kShare) TRY_STATUS(revoke(kSource + page / kShare));
  return Status::Ok;
}

Status measure_revocation(u32 first, u32 count, u32 samples) {
  const Row row{"revoke-frames", count, count, samples};
  return measure(
      row, [=] { return map_shares(first, count); },
      [=](u32 i) { return i == 0 ? revoke_shares(count) : Status::Ok; }, nothing);
}

}  // namespace

Status measure_derive() {
  const u32 frame = TRY(core::take_frame());
  TRY_STATUS(sys::frame_share(kSource, frame, 1, kRead | kWrite).status);
  const auto derive = [frame](u32 i) { return sys::cap_derive(kSource, kChild + i, kRead, frame, 1).status; };
  TRY_STATUS(measure({"derive", 0, kChildren}, nothing, derive, [] { return revoke(kSource); }));
  const auto derive_all = [derive] {
    Status status = Status::Ok;
    for (u32 i = 0; i < kChildren && status == Status::Ok; i++) status = derive(i);
    return status;
  };
  const auto drop = [](u32 i) { return sys::cap_drop(kChild + i).status; };
  TRY_STATUS(measure({"derive-drop", 0, kChildren}, derive_all, drop, nothing));
  TRY_STATUS(measure(
      {"derive-revoke-one", 0, 1}, [&] { return derive(0); }, [](u32) { return revoke(kSource); }, nothing));
  TRY_STATUS(sys::cap_drop(kSource).status);
  return core::put_frames(&frame, 1);
}

Status measure_revoke() {
  TRY_STATUS(scratch().start());
  const u32 first = TRY(take_run(kMostFrames));
  for (u32 i = 0; i < kShares; i++)
    TRY_STATUS(sys::frame_share(kSource + i, first + i * kShare, kShare, kRead | kWrite).status);
  TRY_STATUS(measure_revocation(first, 64, 21));
  TRY_STATUS(measure_revocation(first, 512, 21));
  TRY_STATUS(measure_revocation(first, 1024, 11));
  TRY_STATUS(measure_revocation(first, 4096, 11));
  for (u32 i = 0; i < kShares; i++) TRY_STATUS(sys::cap_drop(kSource + i).status);
  return Status::Ok;
}

}  // namespace bench
