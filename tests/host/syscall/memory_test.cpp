// SPDX-License-Identifier: MIT
// Families frame, page, cap and slice as a caller sees them: batches, counts, flushes.
#include "machine.hpp"

namespace test {

TEST_F(Syscall, AllocABatch) {
  const SysResult r = call(Call::frame_alloc, {kSlotSelf, kNone, 64, kUserBase});
  EXPECT_EQ(r.status, Status::Ok);
  EXPECT_EQ(r.value, 64u);
  for (u32 i = 0; i < 64; i++) EXPECT_EQ(frames[user_word(i)].owner, env_);
}

TEST_F(Syscall, AllocErrors) {
  const u32 before = envs[env_].used[0];
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 0, kUserBase}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 65, kUserBase}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kMaxFrames + 1, 2, kUserBase}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kFrames - 1, 2, kUserBase}).value,
            1u);  // and beyond the last: NoMemory
  EXPECT_EQ(frame_free(env_, kFrames - 1), Status::Ok);
  EXPECT_EQ(call(Call::frame_alloc, {9, kNone, 1, kUserBase}).status, Status::BadCap);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 1, kUserBase + 2}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 1, kUserEnd}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kNone, 64, 0x10000}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, kSharedFrame, 1, kUserBase}).status, Status::NoMemory);
  EXPECT_EQ(envs[env_].used[0], before);  // also where it failed after allocating
}

TEST_F(Syscall, AllocUpToTheQuota) {
  u32 got = 0;
  SysResult r;
  do {
    r = call(Call::frame_alloc, {kSlotSelf, kNone, 64, kUserBase});
    got += static_cast<u32>(r.value);
  } while (r.status == Status::Ok);
  EXPECT_EQ(r.status, Status::Quota);
  EXPECT_EQ(got, 300u - 6);
  EXPECT_EQ(r.value, 294u % 64);
}

TEST_F(Syscall, AllocFlushesForWhatWasFreed) {
  const u32 frame = alloc(env_);
  hold_translations(0, 0);
  const std::vector<u32> list{frame};
  ASSERT_EQ(call(Call::frame_free, {kSlotSelf, put(list), 1}).status, Status::Ok);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, frame, 1, kUserBase}).status, Status::Ok);
  EXPECT_EQ(machine.local_flushes, 1u);
  EXPECT_EQ(machine.flush_requests, 0u);
  hold_translations(1, 0);
  ASSERT_EQ(call(Call::frame_free, {kSlotSelf, put(list), 1}).status, Status::Ok);
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, frame, 1, kUserBase}).status, Status::NoMemory);
  EXPECT_EQ(machine.flush_requests, 1u);  // so that it works soon
  machine.others_flush = true;
  EXPECT_EQ(call(Call::frame_alloc, {kSlotSelf, frame, 1, kUserBase}).status, Status::Ok);
}

TEST_F(Syscall, FreeUpToTheFirstError) {
  const u32 a = alloc(env_), b = alloc(env_);
  const std::vector<u32> list{a, kSharedFrame, b};
  const SysResult r = call(Call::frame_free, {kSlotSelf, put(list), 3});
  EXPECT_EQ(r.status, Status::Denied);
  EXPECT_EQ(r.value, 1u);
  EXPECT_EQ(frames[b].owner, env_);
  EXPECT_EQ(call(Call::frame_free, {kSlotSelf, kUserBase, 0}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_free, {kSlotSelf, kUserBase, 65}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_free, {kSlotSelf, kUserBase + 1, 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::frame_free, {kSlotSelf, 8, 1}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::frame_free, {1, kUserBase, 1}).status, Status::BadCap);
}

TEST_F(Syscall, RetypeWaitsForOtherCpus) {
  const u32 frame = alloc(env_);
  hold_translations(0, 0);
  hold_translations(1, 0);
  ASSERT_EQ(page_set(env_, space_.first, 0, frame, kNone, kRead | kWrite), Status::Ok);
  ASSERT_EQ(page_clear(env_, space_.first, 0), Status::Ok);
  EXPECT_EQ(call(Call::frame_retype, {kSlotSelf, frame, 4}).status, Status::Again);
  EXPECT_EQ(machine.flush_requests, 1u);
  machine.others_flush = true;
  EXPECT_EQ(call(Call::frame_retype, {kSlotSelf, frame, 4}).status, Status::Ok);
  EXPECT_EQ(frames[frame].type, FrameType::Table1);
  EXPECT_EQ(call(Call::frame_retype, {kSlotSelf, frame, 260}).status, Status::BadArgument);  // no wrap to 4
  EXPECT_EQ(call(Call::frame_retype, {2, frame, 4}).status, Status::BadCap);
}

TEST_F(Syscall, GiveChecksBothEnds) {
  const u16 other = make_env(71, 1);
  const u32 a = alloc(env_), b = alloc(env_);
  const u64 list = put(std::vector<u32>{a, b});
  EXPECT_EQ(call(Call::frame_give, {kSlotSelf, 3, list, 2}).status, Status::BadCap);
  ASSERT_EQ(cap_grant(0, 71, env_, 3, kInvoke), Status::Ok);
  EXPECT_EQ(call(Call::frame_give, {kSlotSelf, 3, list, 2}).status, Status::Denied);
  ASSERT_EQ(cap_grant(0, 71, env_, 4, kAccept), Status::Ok);
  EXPECT_EQ(call(Call::frame_give, {4, kSlotSelf, list, 2}).status, Status::Denied);  // no Control
  EXPECT_EQ(call(Call::frame_give, {kSlotSelf, 4, list, 65}).status, Status::BadArgument);
  const SysResult r = call(Call::frame_give, {kSlotSelf, 4, list, 2});
  EXPECT_EQ(r.status, Status::Quota);
  EXPECT_EQ(r.value, 1u);
  EXPECT_EQ(frames[a].owner, other);
  EXPECT_EQ(frames[b].owner, env_);
  env_end(other, EndReason::Exit, 0);
  EXPECT_EQ(call(Call::frame_give, {kSlotSelf, 4, list, 2}).status, Status::Gone);
}

TEST_F(Syscall, PageUpdateStopsAndFlushesOnce) {
  const u32 a = alloc(env_);
  std::vector<PageUpdate> steps{{space_.first, 1, a, kNone, PageAction::Set, kRead | kWrite},
                                {space_.first, 2, a, kNone, PageAction::Set, kRead}};
  EXPECT_EQ(call(Call::page_update, {kSlotSelf, put(steps), 2}).value, 2u);
  EXPECT_EQ(machine.local_flushes, 0u);  // nothing was there before
  steps = {{space_.first, 1, 0, kNone, PageAction::Protect, kRead},
           {space_.first, 2, 0, kNone, PageAction::Clear, 0},
           {space_.first, 2, 0, kNone, PageAction::Clear, 0},
           {space_.first, 1, 0, kNone, PageAction::Clear, 0}};
  const SysResult r = call(Call::page_update, {kSlotSelf, put(steps), 4});
  EXPECT_EQ(r.status, Status::BadArgument);
  EXPECT_EQ(r.value, 2u);
  EXPECT_EQ(machine.local_flushes, 1u);
  EXPECT_EQ(frames[a].maps, 1u);
  EXPECT_EQ(call(Call::page_update, {kSlotSelf, kUserBase, 0}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::page_update, {kSlotSelf, kUserBase, 65}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::page_update, {kSlotSelf, kUserBase + 2, 1}).status, Status::BadArgument);
  EXPECT_EQ(call(Call::page_update, {kSlotSelf, kUserBase + kUserBytes - 24, 2}).status, Status::BadAddress);
  EXPECT_EQ(call(Call::page_update, {7, kUserBase, 1}).status, Status::BadCap);
}

TEST_F(Syscall, PageUpdateOfAnotherEnvironment) {
  const u32 a = alloc(env_);
  const std::vector<PageUpdate> set{{space_.first, 1, a, kNone, PageAction::Set, kRead}};
  const std::vector<PageUpdate> clear{{space_.first, 1, 0, kNone, PageAction::Clear, 0}};
  EXPECT_EQ(call_as(0, Call::page_update, {70, put(set), 1}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::page_update, {70, put(clear), 1}).status, Status::Ok);
  EXPECT_EQ(machine.local_flushes, 0u);  // not this CPU's address space
}

TEST_F(Syscall, CapabilityCalls) {
  EXPECT_EQ(call_as(0, Call::cap_derive, {kSlotDisk, 80, kRead | kGrant, 5, 5}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::cap_grant, {80, 70, 9, kRead}).status, Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 9)].start, 5u);
  EXPECT_EQ(call_as(0, Call::cap_grant, {80, kSlotDisk, 10, kRead}).status, Status::BadCap);
  EXPECT_EQ(call(Call::cap_grant, {9, kSlotSelf, 10, kRead}).status, Status::Denied);  // no Grant
  EXPECT_EQ(call_as(0, Call::cap_drop, {80}).status, Status::Busy);
  EXPECT_EQ(call_as(0, Call::cap_revoke, {80}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::cap_drop, {80}).status, Status::Ok);
  ASSERT_EQ(cap_grant(0, 70, 0, 81, kInvoke), Status::Ok);
  EXPECT_EQ(call_as(0, Call::cap_grant, {kSlotDisk, 81, 10, kRead}).status, Status::Denied);  // no Accept
}

TEST_F(Syscall, RevokingFramesFlushes) {
  const u32 frame = alloc(env_);
  EXPECT_EQ(call(Call::frame_share, {5, frame, 1, kRead | kGrant}).status, Status::Ok);
  hold_translations(0, 0);
  EXPECT_EQ(call(Call::cap_revoke, {5}).status, Status::Ok);  // one flush here is all it takes
  EXPECT_EQ(machine.local_flushes, 1u);
  hold_translations(1, 0);
  EXPECT_EQ(call(Call::cap_revoke, {5}).status, Status::Again);
  EXPECT_EQ(machine.flush_requests, 1u);
  machine.others_flush = true;
  EXPECT_EQ(call(Call::cap_revoke, {5}).status, Status::Ok);
}

TEST_F(Syscall, Slices) {
  EXPECT_EQ(call_as(0, Call::slice_assign, {kSlotSlices, 70, 2, 3}).status, Status::Ok);
  EXPECT_EQ(cpus[1].slices[4], env_);
  EXPECT_EQ(call_as(0, Call::slice_assign, {kSlotSlices, kNone, 4, 1}).status, Status::Ok);
  EXPECT_EQ(cpus[1].slices[4], kNoEnv);
  EXPECT_EQ(call_as(0, Call::slice_assign, {kSlotSlices, 100, 4, 1}).status, Status::BadCap);
  ASSERT_EQ(cap_grant(0, 70, 0, 81, kInvoke), Status::Ok);
  EXPECT_EQ(call_as(0, Call::slice_assign, {kSlotSlices, 81, 4, 1}).status, Status::Denied);
  const SliceClaim claim{3, kSlotSlices, 0};
  const u64 list = put(claim);
  EXPECT_EQ(call_as(0, Call::slice_claim, {70, list, 1}).status, Status::Ok);
  EXPECT_EQ(cpus[1].slices[1], env_);
  EXPECT_EQ(call_as(0, Call::slice_claim, {81, list, 1}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::slice_claim, {70, list, 0}).status, Status::BadArgument);
  EXPECT_EQ(call_as(0, Call::slice_claim, {70, list, kMaxCpus + 1}).status, Status::BadArgument);
  EXPECT_EQ(call_as(0, Call::slice_claim, {70, 0x1000, 1}).status, Status::BadAddress);
  EXPECT_EQ(call_as(0, Call::slice_idle, {kSlotSlices, 70, 1}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::slice_idle, {kSlotSlices, 81, 1}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::slice_idle, {kSlotSlices, kNone, 1}).status, Status::BadCap);
  EXPECT_EQ(call(Call::slice_assign, {kSlotSelf, kSlotSelf, 4, 1}).status, Status::BadCap);
}

}  // namespace test
