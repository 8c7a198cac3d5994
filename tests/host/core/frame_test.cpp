// SPDX-License-Identifier: MIT
// Frames: allocation, quarantine, changes of type and owner, and their errors.
#include "fixture.hpp"

namespace test {

class Frame : public Core {
 protected:
  u16 env_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70, 8);
  }
};

static void fill(u32 frame) {
  for (u64& word : physmem[frame]) word = 0x5ec7e7;
}
static bool is_zero(u32 frame) {
  for (u64 word : physmem[frame])
    if (word != 0) return false;
  return true;
}

TEST_F(Frame, AnyIsZeroedDataAndCounted) {
  const u64 before = ledger_header.frames_free;
  const u32 frame = alloc(env_);
  EXPECT_EQ(frames[frame].owner, env_);
  EXPECT_EQ(frames[frame].type, FrameType::Data);
  EXPECT_TRUE(is_zero(frame));
  EXPECT_EQ(envs[env_].used[0], 1u);
  EXPECT_EQ(ledger_header.frames_free, before - 1);
  EXPECT_EQ(ledger_header.frames_total, kTotal);
}

TEST_F(Frame, NamedIsThatOne) {
  EXPECT_EQ(frame_alloc(env_, 500).value(), 500u);
  EXPECT_EQ(frame_alloc(env_, 500).status(), Status::NoMemory);
  EXPECT_EQ(frame_alloc(env_, kSharedFrame).status(), Status::NoMemory);
  EXPECT_EQ(frame_alloc(env_, 3).status(), Status::NoMemory);        // absent
  EXPECT_EQ(frame_alloc(env_, kFrames).status(), Status::NoMemory);  // beyond the last
  EXPECT_EQ(envs[env_].used[0], 1u);
}

TEST_F(Frame, QuotaEnds) {
  for (u32 i = 0; i < 8; i++) alloc(env_);
  EXPECT_EQ(frame_alloc(env_, kNone).status(), Status::Quota);
  EXPECT_EQ(frame_alloc(env_, 600).status(), Status::Quota);
}

TEST_F(Frame, NoneFree) {
  const u16 greedy = make_env(71, kTotal - 8);
  while (frame_alloc(greedy, kNone).ok()) {
  }
  EXPECT_EQ(envs[greedy].used[0], kTotal - 8);
  for (u32 i = 0; i < 8; i++) alloc(env_);
  EXPECT_EQ(ledger_header.frames_free, 0u);
  EXPECT_EQ(frame_lists.free_head, kNone);
  EXPECT_EQ(env_quota(0, greedy, 0, 0), Status::Ok);
  EXPECT_EQ(frame_alloc(0, kNone).status(), Status::Quota);
  envs[0].quota[0] = 1;  // as if there were quota left
  EXPECT_EQ(frame_alloc(0, kNone).status(), Status::NoMemory);
  envs[0].quota[0] = 0;
}

TEST_F(Frame, FreedWaitsForEveryCpu) {
  hold_translations(0, 0);
  hold_translations(1, 0);
  const u32 frame = alloc(env_);
  fill(frame);
  EXPECT_EQ(frame_free(env_, frame), Status::Ok);
  EXPECT_EQ(frames[frame].type, FrameType::Quarantine);
  EXPECT_EQ(frames[frame].owner, kNoEnv);
  EXPECT_EQ(envs[env_].used[0], 0u);
  EXPECT_EQ(frame_alloc(env_, frame).status(), Status::NoMemory);
  cpus[0].flushed = ledger_header.clock;
  EXPECT_EQ(frame_release(64), 0u);  // CPU 1 has not
  EXPECT_EQ(frame_alloc(env_, frame).status(), Status::NoMemory);
  cpus[1].flushed = ledger_header.clock;
  EXPECT_EQ(frame_alloc(env_, frame).value(), frame);  // straight out of the quarantine
  EXPECT_TRUE(is_zero(frame));
}

TEST_F(Frame, AnyReleasesTheQuarantineWhenNothingElseIsFree) {
  const u16 greedy = make_env(71, kTotal - 8);
  while (frame_alloc(greedy, kNone).ok()) {
  }
  for (u32 i = 0; i < 7; i++) alloc(env_);
  hold_translations(0, 0);
  const u32 last = alloc(env_);
  EXPECT_EQ(frame_free(env_, last), Status::Ok);
  EXPECT_EQ(frame_alloc(env_, kNone).status(), Status::NoMemory);
  flush_all();
  EXPECT_EQ(frame_alloc(env_, kNone).value(), last);
}

TEST_F(Frame, ReleaseIsBoundedAndInOrder) {
  const u16 big = make_env(71, 200);
  u32 list[200];
  for (u32& frame : list) frame = alloc(big);
  hold_translations(0, 0);
  for (u32 i = 0; i < 100; i++) ASSERT_EQ(frame_free(big, list[i]), Status::Ok);
  cpus[0].flushed = ledger_header.clock;
  for (u32 i = 100; i < 200; i++) ASSERT_EQ(frame_free(big, list[i]), Status::Ok);
  EXPECT_EQ(frame_release(1000), kReleaseBatch);
  EXPECT_EQ(frame_release(10), 10u);
  EXPECT_EQ(frame_release(64), 26u);  // the second hundred was freed after the flush
  EXPECT_EQ(frame_release(64), 0u);
}

TEST_F(Frame, FlushedIsTheOldestOfThoseThatHoldTranslations) {
  EXPECT_EQ(flushed_everywhere(), kForever);
  hold_translations(0, 7);
  EXPECT_EQ(flushed_everywhere(), 7u);
  hold_translations(1, 5);
  EXPECT_EQ(flushed_everywhere(), 5u);
  cpus[1].online = 0;
  EXPECT_EQ(flushed_everywhere(), 7u);
  cpus[0].holds_user = 0;
  EXPECT_EQ(flushed_everywhere(), kForever);
}

TEST_F(Frame, FreeErrors) {
  const u32 frame = alloc(env_);
  EXPECT_EQ(frame_free(0, frame), Status::Denied);
  EXPECT_EQ(frame_free(env_, kFrames), Status::Denied);
  EXPECT_EQ(frame_free(env_, kNone), Status::Denied);
  EXPECT_EQ(frame_free(env_, kSharedFrame), Status::Denied);
  EXPECT_EQ(frame_free(env_, frame_lists.free_head), Status::Denied);
  frame_pin(frame);
  EXPECT_EQ(frame_free(env_, frame), Status::Busy);
  frame_unpin(frame);
  const Space s = make_space(env_);
  ASSERT_EQ(page_set(env_, s.first, 0, frame, kNone, kRead), Status::Ok);
  EXPECT_EQ(frame_free(env_, frame), Status::Busy);
  EXPECT_EQ(frame_free(env_, s.first), Status::Busy);  // named by the table above
  EXPECT_EQ(frame_free(env_, s.top), Status::Busy);    // not empty
  ASSERT_EQ(page_clear(env_, s.first, 0), Status::Ok);
  EXPECT_EQ(frame_free(env_, frame), Status::Ok);
  EXPECT_EQ(frame_free(env_, frame), Status::Denied);  // twice
  const u32 kernel = alloc(env_);
  ASSERT_EQ(frame_to_kernel(env_, kernel, FrameType::Kernel), Status::Ok);
  EXPECT_EQ(frame_free(env_, kernel), Status::Denied);
}

TEST_F(Frame, RetypeMakesAnEmptyTable) {
  const u32 frame = alloc(env_);
  fill(frame);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Ok);
  EXPECT_TRUE(is_zero(frame));
  const u32 root = alloc(env_);
  fill(root);
  EXPECT_EQ(frame_retype(env_, root, FrameType::Table4), Status::Ok);
  for (u32 i = 0; i < kTableEntries; i++)
    ASSERT_EQ(physmem[root][i], i < 256 ? 0 : kernel_half[i - 256]) << i;
  EXPECT_EQ(frames[root].entries, 0);  // the kernel's half does not count
}

TEST_F(Frame, RetypeErrors) {
  const u32 frame = alloc(env_);
  for (FrameType type : {FrameType::Absent, FrameType::Free, FrameType::Quarantine, FrameType::Data,
                         FrameType::Kernel, FrameType::Shared, static_cast<FrameType>(10)})
    EXPECT_EQ(frame_retype(env_, frame, type), Status::BadArgument);
  EXPECT_EQ(frame_retype(0, frame, FrameType::Table1), Status::Denied);
  EXPECT_EQ(frame_retype(env_, kSharedFrame, FrameType::Table1), Status::Denied);
  EXPECT_EQ(frame_retype(env_, kNone, FrameType::Table1), Status::Denied);
  frame_pin(frame);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Busy);
  frame_unpin(frame);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Ok);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table2), Status::Denied);  // never changes again
}

// What was mapped and is now clear may live on in a CPU: a writable page table would be the end.
TEST_F(Frame, ChangesWaitForStaleTranslations) {
  const Space s = make_space(env_);
  const u32 frame = alloc(env_);
  const u16 other = make_env(71, 8);
  hold_translations(1, ledger_header.clock);
  ASSERT_EQ(page_set(env_, s.first, 9, frame, kNone, kRead | kWrite), Status::Ok);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Busy);
  EXPECT_EQ(frame_give(env_, other, frame), Status::Busy);
  EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Kernel), Status::Busy);
  ASSERT_EQ(page_clear(env_, s.first, 9), Status::Ok);
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Again);
  EXPECT_EQ(frame_give(env_, other, frame), Status::Again);
  EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Kernel), Status::Again);
  EXPECT_EQ(frames[frame].type, FrameType::Data);
  flush_all();
  EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Ok);
}

TEST_F(Frame, GiveKeepsContentsAndEndsCapabilities) {
  const u16 other = make_env(71, 1);
  const u32 frame = alloc(env_);
  fill(frame);
  ASSERT_EQ(cap_share(env_, 5, frame, 1, kRead | kWrite), Status::Ok);
  EXPECT_EQ(frame_access(env_, frame, 5, kRead).status(), Status::Ok);
  EXPECT_EQ(frame_give(env_, other, frame), Status::Ok);
  EXPECT_EQ(physmem[frame][17], 0x5ec7e7u);
  EXPECT_EQ(frames[frame].owner, other);
  EXPECT_EQ(envs[env_].used[0], 0u);
  EXPECT_EQ(envs[other].used[0], 1u);
  EXPECT_EQ(frame_access(env_, frame, 5, kRead).status(), Status::Denied);
  EXPECT_EQ(frame_access(env_, frame, kNone, kRead).status(), Status::Denied);
}

TEST_F(Frame, GiveErrors) {
  const u16 other = make_env(71, 1);
  const u32 frame = alloc(env_);
  EXPECT_EQ(frame_give(other, env_, frame), Status::Denied);
  EXPECT_EQ(frame_give(env_, other, kFrames), Status::Denied);
  EXPECT_EQ(frame_give(env_, other, make_table(env_, FrameType::Table1)), Status::Denied);
  frame_pin(frame);
  EXPECT_EQ(frame_give(env_, other, frame), Status::Busy);
  frame_unpin(frame);
  alloc(other);
  EXPECT_EQ(frame_give(env_, other, frame), Status::Quota);
  EXPECT_EQ(frame_give(env_, env_, frame), Status::Ok);  // to itself, whatever its quota
  EXPECT_EQ(envs[env_].used[0], 2u);
}

TEST_F(Frame, ToKernelAndBackLeaksNothing) {
  const u32 frame = alloc(env_);
  fill(frame);
  ASSERT_EQ(cap_share(env_, 5, frame, 1, kRead), Status::Ok);
  EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Data), Status::BadArgument);
  EXPECT_EQ(frame_to_kernel(0, frame, FrameType::Kernel), Status::Denied);
  EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Shared), Status::Ok);
  EXPECT_TRUE(is_zero(frame));
  EXPECT_EQ(envs[env_].used[0], 1u);  // it still pays
  EXPECT_EQ(frame_access(env_, frame, 5, kRead).status(), Status::Denied);
  EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Kernel), Status::Denied);
  fill(frame);
  EXPECT_EQ(frame_from_kernel(0, frame), Status::Denied);
  EXPECT_EQ(frame_from_kernel(env_, frame), Status::Ok);
  EXPECT_TRUE(is_zero(frame));
  EXPECT_EQ(frame_from_kernel(env_, frame), Status::Denied);
}

TEST_F(Frame, BootFindsRunsFromTheTop) {
  EXPECT_EQ(frame_boot_find(16), kFrames - 16);
  EXPECT_EQ(frame_boot_find(17), kSharedFrame - 17);
  EXPECT_EQ(frame_boot_find(2020), kNone);
  const u64 total = ledger_header.frames_total;
  frame_boot_take(kFrames - 16, 16, FrameType::Kernel);
  EXPECT_EQ(ledger_header.frames_total, total - 16);
  EXPECT_EQ(frame_boot_find(16), kSharedFrame - 16);
  envs[0].quota[0] -= 16;
  envs[0].quota[static_cast<u32>(Resource::Wired)] -= 16;
}

}  // namespace test
