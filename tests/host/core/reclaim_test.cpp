// SPDX-License-Identifier: MIT
// Visible revocation: demands, what an environment may do about them, and force when it does nothing,
// lies, or dies in the middle.
#include "kernel/core/reclaim.hpp"
#include "fixture.hpp"
#include "kernel/core/large.hpp"
#include "kernel/core/notice.hpp"

namespace test {

class Reclaim : public Core {
 protected:
  static constexpr u64 kDeadline = 1000;
  static constexpr u32 kFrameResource = static_cast<u32>(Resource::Frames);
  u16 env_ = 0, other_ = 0;
  Space space_{}, theirs_{};
  u32 notice_ = kNone;
  u32 quota_ = 0;
  void SetUp() override {
    Core::SetUp();
    EnvQuota q = usual_quota(200);
    q[Resource::Wired] = 50;
    env_ = env_create(0, kSlotSelf, 70, q).value();
    other_ = make_env(71, 100);
    theirs_ = make_space(other_);
    space_ = make_space(env_);
    EnvConfig config = make_config(env_, space_);
    config.notice_frame = notice_ = alloc(env_);
    EXPECT_EQ(env_configure(env_, config), Status::Ok);
    EXPECT_EQ(env_start(env_), Status::Ok);
    quota_ = envs[0].quota[0];
  }
  NoticePage& page() { return *reinterpret_cast<NoticePage*>(physmem[notice_]); }
  u32 used() { return frames_owned(envs[env_]); }
  void fill(u32 frames_in_all) {
    while (used() < frames_in_all) alloc(env_);
  }
  // Force until it ends; every step leaves all invariants.
  Status force(u32* steps = nullptr) {
    for (u32 i = 1; i < 3000; i++) {
      if (steps != nullptr) *steps = i;
      const Status status = env_repossess(0, env_, kDeadline);
      if (i % 16 == 0) {
        EXPECT_STREQ(check_invariants(), nullptr);
      }
      if (status != Status::Again) return status;
    }
    return Status::Again;
  }
  u64 taken_in_all() {
    u64 n = 0;
    for (u64 i = 0; i < page().repossessed && i < kNoticeRepossessed; i++)
      if (page().taken[i].type == CapType::Frames && page().taken[i].slot == kNone)
        n += page().taken[i].count;
    return n;
  }
};

TEST_F(Reclaim, DemandErrors) {
  EXPECT_EQ(env_reclaim(env_, kFrameResource, 151, kDeadline), Status::Quota);  // wired
  EXPECT_EQ(env_reclaim(env_, kFrameResource, kNone, kDeadline), Status::Quota);
  EXPECT_EQ(env_reclaim(env_, static_cast<u32>(Resource::Wired), 1, kDeadline), Status::BadArgument);
  EXPECT_EQ(env_reclaim(env_, kResources, 1, kDeadline), Status::BadArgument);
  EXPECT_EQ(env_reclaim(env_, kFrameResource, 0, 0), Status::BadArgument);  // none to withdraw
  EXPECT_EQ(env_repossess(0, env_, kDeadline), Status::BadArgument);
  EXPECT_EQ(env_reclaim(env_, kFrameResource, 10, kDeadline), Status::Ok);
  EXPECT_EQ(env_reclaim(env_, kFrameResource, 10, kDeadline), Status::Busy);
  EXPECT_EQ(env_reclaim(env_, static_cast<u32>(Resource::Caps), 0, 0), Status::BadArgument);
  EXPECT_EQ(env_reclaim(env_, kFrameResource, 0, 0), Status::Ok);
  EXPECT_EQ(page().demand.amount, 0u);
  EXPECT_EQ(page().demand.serial, 2u);
  EXPECT_EQ(env_repossess(0, env_, kDeadline), Status::BadArgument);
}

TEST_F(Reclaim, AnAnswer) {
  fill(200);
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 60, kDeadline), Status::Ok);
  EXPECT_TRUE(notice_pending(env_));
  EXPECT_FALSE(notice_pending(env_));
  EXPECT_EQ(page().demand.keep, 140u);
  EXPECT_EQ(page().demand.deadline, kDeadline);
  EXPECT_EQ(envs[env_].demand_keep, 140u);
  EXPECT_EQ(env_repossess(0, env_, kDeadline - 1), Status::Again);
  while (used() > 140) ASSERT_EQ(frame_free(env_, env_private[env_].last_frame), Status::Ok);
  EXPECT_EQ(frame_alloc(env_, kNone).status(), Status::Quota);   // not again what was demanded
  EXPECT_EQ(env_repossess(0, env_, kDeadline - 1), Status::Ok);  // before the deadline
  EXPECT_EQ(frame_quota(envs[env_]), 140u);
  EXPECT_EQ(envs[0].quota[0], quota_ + 60);
  EXPECT_EQ(page().repossessed, 0u);
  EXPECT_EQ(page().demand.amount, 0u);
}

// What it has not used goes without its doing anything.
TEST_F(Reclaim, UnusedQuota) {
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 150, kDeadline), Status::Ok);
  EXPECT_EQ(env_quota(env_, 0, 0, 100), Status::Quota);  // it cannot move away what is demanded
  EXPECT_EQ(env_repossess(0, env_, 0), Status::Ok);
  EXPECT_EQ(frame_quota(envs[env_]), 50u);
}

TEST_F(Reclaim, NoAnswer) {
  fill(200);
  // Mapped twice each, in two tables.
  u32 mapped[20];
  for (u32 i = 0; i < 20; i++) {
    mapped[i] = env_private[env_].last_frame;
    for (u32 k = 0; k < i; k++) mapped[i] = frames[mapped[i]].prev;
    ASSERT_EQ(page_set(env_, space_.first, 2 * i, mapped[i], kNone, kRead | kWrite), Status::Ok);
    ASSERT_EQ(page_set(env_, space_.first, 2 * i + 1, mapped[i], kNone, kRead), Status::Ok);
  }
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 150, kDeadline), Status::Ok);
  u32 steps = 0;
  hold_translations(1, ledger_header.clock);
  EXPECT_EQ(force(&steps), Status::Ok);
  EXPECT_LE(steps, 20u);
  EXPECT_EQ(used(), 50u);
  EXPECT_EQ(frame_quota(envs[env_]), 50u);
  EXPECT_EQ(envs[0].quota[0], quota_ + 150);
  EXPECT_EQ(taken_in_all(), 150u);
  EXPECT_EQ(physmem[space_.first][0], 0u);
  EXPECT_EQ(frames[mapped[0]].type, FrameType::Quarantine);  // CPU 1 may still translate to it
  EXPECT_EQ(frame_alloc(0, mapped[0]).status(), Status::NoMemory);
  flush_all();
  EXPECT_EQ(frame_alloc(0, mapped[0]).status(), Status::Ok);
  EXPECT_EQ(frames[notice_].owner, env_);
  EXPECT_EQ(frames[space_.first].type, FrameType::Table1);
}

TEST_F(Reclaim, ItsOwnListFirst) {
  fill(120);
  const u32 listed[] = {env_private[env_].last_frame, frames[frames[env_private[env_].last_frame].prev].prev};
  u32 old = env_private[env_].first_frame;
  while (is_table(frames[old].type) || frames[old].pins != 0 || frames[old].type != FrameType::Data)
    old = frames[old].next;
  page().unwired[0] = old;  // the oldest: force alone would take it last
  page().unwired[1] = listed[1];
  page().unwired_count = 2;
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 82, kDeadline), Status::Ok);
  EXPECT_EQ(force(), Status::Ok);
  EXPECT_EQ(used(), 118u);
  EXPECT_EQ(frames[old].owner, kNoEnv);
  EXPECT_EQ(frames[listed[1]].owner, kNoEnv);
  EXPECT_EQ(frames[listed[0]].owner, env_);
}

TEST_F(Reclaim, ItsOwnListLies) {
  fill(120);
  const u32 foreign = alloc(other_);
  const u32 pinned = env_private[env_].last_frame;
  frame_pin(pinned);
  envs[env_].used[static_cast<u32>(Resource::Pins)]++;
  const u32 good = frames[pinned].prev;
  const u32 lies[] = {foreign,
                      space_.top,
                      space_.first,
                      notice_,
                      kNone,
                      kFrames,
                      kSharedFrame,
                      0,
                      pinned,
                      good,
                      good,
                      env_private[env_].save_frame,
                      0x80000000,
                      good,
                      theirs_.top,
                      frame_lists.free_head,
                      env_private[env_].upcall_frame};
  for (const u32 frame : lies) page().unwired[page().unwired_count++ % kMaxUnwired] = frame;
  page().unwired_count = kNone;
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 81, kDeadline), Status::Ok);
  EXPECT_EQ(force(), Status::Ok);
  EXPECT_EQ(used(), 119u);
  EXPECT_EQ(frames[good].owner, kNoEnv);
  EXPECT_EQ(frames[foreign].owner, other_);
  EXPECT_EQ(frames[pinned].owner, env_);
  EXPECT_EQ(taken_in_all(), 1u);
  frame_unpin(pinned);
  envs[env_].used[static_cast<u32>(Resource::Pins)]--;
}

// A chosen frame cannot be used in any new way while it leaves.
TEST_F(Reclaim, LeavingFramesAreNotUsed) {
  fill(120);
  const u32 frame = env_private[env_].last_frame;
  ASSERT_EQ(page_set(env_, space_.first, 9, frame, kNone, kRead), Status::Ok);
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 81, kDeadline), Status::Ok);
  while (frames[frame].leaving == 0) ASSERT_EQ(env_repossess(0, env_, kDeadline), Status::Again);
  EXPECT_EQ(page_set(env_, space_.first, 10, frame, kNone, kRead), Status::Denied);
  EXPECT_EQ(page_protect(env_, space_.first, 9, kRead | kWrite), Status::Denied);
  EXPECT_EQ(frame_give(env_, other_, frame), Status::Denied);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Denied);
  EXPECT_EQ(cap_share(env_, 5, frame, 1, kRead), Status::Denied);
  EXPECT_FALSE(frame_lendable(env_, frame));
  EXPECT_EQ(buffer_access(env_, frame, kNone, kRead).status(), Status::Denied);
  // It gives up another one itself: the demand is met, and the frame is its own again.
  ASSERT_EQ(frame_free(env_, frames[frame].prev), Status::Ok);
  EXPECT_EQ(env_repossess(0, env_, kDeadline), Status::Ok);
  EXPECT_EQ(frames[frame].leaving, 0);
  EXPECT_EQ(page_protect(env_, space_.first, 9, kRead | kWrite), Status::Ok);
}

// Others map nearly everything that it has: their entries go, last.
TEST_F(Reclaim, SharedFramesGoLast) {
  fill(200);
  const u32 last = env_private[env_].last_frame;
  u32 shared[4];
  for (u32 i = 0; i < 4; i++) {
    shared[i] = i == 0 ? last : frames[shared[i - 1]].prev;
    ASSERT_EQ(cap_share(env_, 5 + i, shared[i], 1, kRead | kGrant), Status::Ok);
    ASSERT_EQ(cap_grant(env_, 5 + i, other_, 5 + i, kRead), Status::Ok);
    ASSERT_EQ(page_set(other_, theirs_.first, i, shared[i], 5 + i, kRead), Status::Ok);
  }
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 40, kDeadline), Status::Ok);
  EXPECT_EQ(force(), Status::Ok);
  for (const u32 frame : shared) EXPECT_EQ(frames[frame].maps, 1u);  // enough of others
  EXPECT_EQ(frames[shared[0]].leaving, 0);
  // Now all that can go at all.
  ASSERT_EQ(env_quota(env_, 0, static_cast<u32>(Resource::Wired), 50), Status::Ok);
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 153, kDeadline),
            Status::Ok);  // it keeps 7: tables, pages, save
  EXPECT_EQ(force(), Status::Ok);
  for (u32 i = 0; i < 4; i++) {
    EXPECT_EQ(frames[shared[i]].owner, kNoEnv);
    EXPECT_EQ(physmem[theirs_.first][i], 0u);
    EXPECT_EQ(page_set(other_, theirs_.first, i, shared[i], 5 + i, kRead), Status::Denied);
  }
  EXPECT_EQ(used(), 7u);
}

TEST_F(Reclaim, TablesAreNotTaken) {
  ASSERT_EQ(env_quota(env_, 0, static_cast<u32>(Resource::Wired), 50), Status::Ok);
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 195, kDeadline), Status::Ok);  // five, and it has seven such
  EXPECT_EQ(force(), Status::Busy);
  EXPECT_EQ(force(), Status::Busy);
  env_end(env_, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  EXPECT_EQ(envs[0].quota[0], quota_ + 200);
}

TEST_F(Reclaim, LargePages) {
  ASSERT_EQ(env_quota(0, env_, 0, 600), Status::Ok);
  for (u32 i = 0; i < kLargeFrames; i++) ASSERT_TRUE(frame_alloc(env_, 1024 + i).ok());
  ASSERT_EQ(frame_join(env_, 1024), Status::Ok);
  ASSERT_EQ(page_set(env_, space_.second, 1, 1024, kNone, kRead | kWrite), Status::Ok);
  const u32 before = used();
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 800 - before + 100, kDeadline), Status::Ok);
  EXPECT_EQ(force(), Status::Ok);
  EXPECT_EQ(used(), before - 100);
  EXPECT_EQ(physmem[space_.second][1], 0u);
  EXPECT_EQ(frames[1024].leaving, 0);
}

TEST_F(Reclaim, DiesInTheMiddle) {
  fill(200);
  for (u32 i = 0; i < 30; i++) {
    u32 frame = env_private[env_].last_frame;
    for (u32 k = 0; k < i; k++) frame = frames[frame].prev;
    ASSERT_EQ(page_set(env_, space_.first, i, frame, kNone, kRead), Status::Ok);
  }
  ASSERT_EQ(env_reclaim(env_, kFrameResource, 100, kDeadline), Status::Ok);
  for (u32 i = 0; i < 3; i++) ASSERT_EQ(env_repossess(0, env_, kDeadline), Status::Again);
  env_end(env_, EndReason::Fault, 14);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  EXPECT_EQ(envs[0].quota[0], quota_ + 200);
  for (u32 i = 0; i < kFrames; i++) EXPECT_EQ(frames[i].leaving, 0);
  const u16 next = make_env(72, 100);
  EXPECT_EQ(next, env_);
  EXPECT_EQ(env_repossess(0, next, kDeadline), Status::BadArgument);
}

// No notice page: nothing is written anywhere, and force is the same.
TEST_F(Reclaim, NobodyToTell) {
  const u16 mute = make_env(72, 40);
  ASSERT_EQ(env_quota(mute, 0, static_cast<u32>(Resource::Wired), 40), Status::Ok);
  for (u32 i = 0; i < 40; i++) alloc(mute);
  ASSERT_EQ(env_reclaim(mute, kFrameResource, 40, kDeadline), Status::Ok);
  EXPECT_FALSE(notice_pending(mute));
  Status status;
  do status = env_repossess(0, mute, kDeadline);
  while (status == Status::Again);
  EXPECT_EQ(status, Status::Ok);
  EXPECT_EQ(frames_owned(envs[mute]), 0u);
}

TEST_F(Reclaim, OtherResources) {
  ASSERT_EQ(cap_grant(0, kSlotConsole, env_, 5, kWrite), Status::Ok);
  const u32 caps_resource = static_cast<u32>(Resource::Caps);
  ASSERT_EQ(env_reclaim(env_, caps_resource, kCapsPerEnv - 1, kDeadline), Status::Ok);
  EXPECT_EQ(cap_grant(0, kSlotConsole, env_, 6, kWrite), Status::Quota);
  EXPECT_EQ(env_repossess(0, env_, kDeadline - 1), Status::Again);
  EXPECT_EQ(env_repossess(0, env_, kDeadline), Status::Busy);  // by cap_revoke
  EXPECT_EQ(revoke_all(0, kSlotConsole), Status::Ok);
  EXPECT_EQ(env_repossess(0, env_, kDeadline), Status::Ok);
  EXPECT_EQ(quota_of(envs[env_], Resource::Caps), 1u);
}

// Capabilities: a warning to each holder, then what went is written down.
TEST_F(Reclaim, WarnAndRevoke) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead | kGrant, 100, 50), Status::Ok);
  ASSERT_EQ(cap_grant(0, 80, env_, 5, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_derive(env_, 5, 6, kRead, 110, 5), Status::Ok);
  EXPECT_EQ(cap_warn(0, 80, kDeadline, kNone).value(), kNone);
  EXPECT_TRUE(notice_pending(env_));
  EXPECT_FALSE(notice_pending(other_));
  EXPECT_EQ(page().warned, 1u);
  EXPECT_EQ(page().warnings[0].slot, 5u);
  EXPECT_EQ(page().warnings[0].type, CapType::Extent);
  EXPECT_EQ(page().warnings[0].start, 100u);
  EXPECT_EQ(page().warnings[0].deadline, kDeadline);
  EXPECT_EQ(revoke_all(0, 80), Status::Ok);
  EXPECT_TRUE(notice_pending(env_));
  EXPECT_EQ(page().repossessed, 2u);
  EXPECT_EQ(page().taken[0].slot, 6u);  // leaf first
  EXPECT_EQ(page().taken[1].slot, 5u);
  EXPECT_EQ(page().taken[1].count, 50u);
  EXPECT_EQ(page().taken[1].object, kDisk);
  EXPECT_EQ(page().taken[1].serial, 1u);
  EXPECT_EQ(cap_warn(0, 127, kDeadline, kNone).status(), Status::BadCap);
  EXPECT_EQ(cap_warn(0, 128, kDeadline, kNone).status(), Status::BadCap);
}

TEST_F(Reclaim, WarnManyInSteps) {
  for (u32 slot = 1; slot < 120; slot++)
    ASSERT_EQ(cap_grant(0, kSlotConsole, env_, slot, kWrite), Status::Ok);
  const u32 last = cap_warn(0, kSlotConsole, kDeadline, kNone).value();
  EXPECT_NE(last, kNone);
  EXPECT_EQ(page().warned, kRevokeMoves);
  EXPECT_EQ(cap_warn(0, kSlotDisk, kDeadline, last).status(), Status::BadArgument);
  EXPECT_EQ(cap_warn(0, kSlotConsole, kDeadline, kMaxCaps).status(), Status::BadArgument);
  EXPECT_EQ(cap_warn(0, kSlotConsole, kDeadline, last).value(), kNone);
  EXPECT_EQ(page().warned, 119u);
}

}  // namespace test
