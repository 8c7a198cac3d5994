// SPDX-License-Identifier: MIT
// 2 MiB pages: joining and splitting, what may name one, what counts; and page tables that two
// environments share.
#include "kernel/core/large.hpp"
#include "fixture.hpp"

namespace test {

class Large : public Core {
 protected:
  static constexpr u32 kBlock = 1024;  // first frame of the page in these tests
  u16 env_ = 0, other_ = 0;
  Space space_{}, theirs_{};
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70, 700);
    other_ = make_env(71, 100);
    space_ = make_space(env_);
    theirs_ = make_space(other_);
    for (u32 i = 0; i < kLargeFrames; i++) ASSERT_TRUE(frame_alloc(env_, kBlock + i).ok());
  }
  void join() { ASSERT_EQ(frame_join(env_, kBlock), Status::Ok); }
  Status set(u16 env, const Space& s, u32 slot, u32 cap, u32 rights) {
    return page_set(env, s.second, slot, kBlock, cap, rights);
  }
};

TEST_F(Large, JoinErrors) {
  EXPECT_EQ(frame_join(env_, kBlock + 1), Status::BadArgument);
  EXPECT_EQ(frame_join(env_, kFrames), Status::BadArgument);
  EXPECT_EQ(frame_join(env_, kNone & ~511u), Status::BadArgument);
  EXPECT_EQ(frame_join(other_, kBlock), Status::Denied);
  EXPECT_EQ(frame_join(env_, 512), Status::Denied);  // free frames
  frame_pin(kBlock + 511);
  EXPECT_EQ(frame_join(env_, kBlock), Status::Busy);
  frame_unpin(kBlock + 511);
  hold_translations(1, ledger_header.clock);
  ASSERT_EQ(page_set(env_, space_.first, 0, kBlock + 7, kNone, kRead), Status::Ok);
  EXPECT_EQ(frame_join(env_, kBlock), Status::Busy);
  ASSERT_EQ(page_clear(env_, space_.first, 0), Status::Ok);
  EXPECT_EQ(frame_join(env_, kBlock), Status::Again);
  for (u32 i = 0; i < kLargeFrames; i++) ASSERT_EQ(frames[kBlock + i].type, FrameType::Data);
  flush_all();
  EXPECT_EQ(frame_join(env_, kBlock), Status::Ok);
  EXPECT_EQ(frame_join(env_, kBlock), Status::Denied);  // it is one already
  EXPECT_EQ(frame_split(other_, kBlock), Status::Denied);
  EXPECT_EQ(frame_split(env_, kBlock + 1), Status::Denied);
  EXPECT_EQ(frame_split(env_, kNone), Status::Denied);
  EXPECT_EQ(frame_split(env_, kBlock), Status::Ok);
  EXPECT_EQ(frame_split(env_, kBlock), Status::Denied);
}

TEST_F(Large, OneCountForAll) {
  join();
  EXPECT_EQ(set(env_, space_, 1, kNone, kRead | kWrite), Status::Ok);
  EXPECT_EQ(set(env_, space_, 2, kNone, kRead), Status::Ok);
  EXPECT_EQ(frames[kBlock].maps, 2u);
  EXPECT_EQ(frames[kBlock + 9].maps, 0u);
  EXPECT_EQ(frame_split(env_, kBlock), Status::Busy);
  EXPECT_EQ(page_walk(space_.top, (1ul << 21) + 0x5123, true).value(), (kBlock + 5ul) * kPageSize + 0x123);
  EXPECT_EQ(page_walk(space_.top, (2ul << 21) + 0x5123, true).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, (2ul << 21) + 0x1ff123, false).value(),
            (kBlock + 511ul) * kPageSize + 0x123);
  EXPECT_EQ(page_protect(env_, space_.second, 2, kRead | kWrite), Status::Ok);
  EXPECT_EQ(page_protect(env_, space_.second, 2, kRead | kExecute), Status::Denied);
  EXPECT_EQ(page_walk(space_.top, 2ul << 21, true).status(), Status::Ok);
  EXPECT_STREQ(check_invariants(), nullptr);
  hold_translations(1, ledger_header.clock);
  EXPECT_EQ(page_clear(env_, space_.second, 1), Status::Ok);
  EXPECT_EQ(page_clear(env_, space_.second, 2), Status::Ok);
  // Split at once; but what a CPU may still see is free for nobody.
  EXPECT_EQ(frame_split(env_, kBlock), Status::Ok);
  EXPECT_EQ(frame_retype(env_, kBlock + 9, FrameType::Table1), Status::Again);
  EXPECT_EQ(frame_give(env_, other_, kBlock + 511), Status::Again);
  flush_all();
  EXPECT_EQ(frame_retype(env_, kBlock + 9, FrameType::Table1), Status::Ok);
}

TEST_F(Large, SetErrors) {
  EXPECT_EQ(set(env_, space_, 1, kNone, kRead), Status::Denied);  // not joined
  join();
  EXPECT_EQ(set(env_, space_, 1, kNone, kRead | kExecute), Status::Denied);
  EXPECT_EQ(set(env_, space_, 1, kNone, kWrite), Status::BadArgument);
  EXPECT_EQ(set(env_, space_, 0, kNone, kRead), Status::Occupied);                        // a Table1 is there
  EXPECT_EQ(page_set(env_, space_.second, 1, kBlock + 1, kNone, kRead), Status::Denied);  // a part
  EXPECT_EQ(page_set(env_, space_.first, 1, kBlock, kNone, kRead), Status::Denied);       // level 1
  EXPECT_EQ(page_set(env_, space_.first, 1, kBlock + 1, kNone, kRead), Status::Denied);
  EXPECT_EQ(page_set(env_, space_.third, 1, kBlock, kNone, kRead), Status::Denied);  // level 3
  EXPECT_EQ(page_set(env_, space_.top, 1, kBlock, kNone, kRead), Status::Denied);
  EXPECT_EQ(set(other_, theirs_, 1, kNone, kRead), Status::Denied);
  for (const u32 frame : {kBlock, kBlock + 1, kBlock + 511}) {
    EXPECT_EQ(frame_free(env_, frame), Status::Denied);
    EXPECT_EQ(frame_give(env_, other_, frame), Status::Denied);
    EXPECT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Denied);
    EXPECT_EQ(frame_to_kernel(env_, frame, FrameType::Kernel), Status::Denied);
  }
}

TEST_F(Large, ACapabilityMustCoverAllOfIt) {
  ASSERT_EQ(cap_share(env_, 4, kBlock, 512, kRead | kWrite | kGrant), Status::Ok);
  join();
  ASSERT_EQ(cap_grant(env_, 4, other_, 4, kRead), Status::Ok);
  EXPECT_EQ(set(other_, theirs_, 1, 4, kRead), Status::Denied);  // from before it was joined
  ASSERT_EQ(cap_share(env_, 5, kBlock, 512, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 5, other_, 5, kRead), Status::Ok);
  ASSERT_EQ(cap_derive(other_, 5, 6, kRead, kBlock, 511), Status::Ok);
  EXPECT_EQ(set(other_, theirs_, 1, 6, kRead), Status::OutOfRange);
  EXPECT_EQ(set(other_, theirs_, 1, 5, kRead | kWrite), Status::Denied);
  EXPECT_EQ(set(other_, theirs_, 1, 5, kRead), Status::Ok);
  EXPECT_EQ(caps[cap_index(other_, 5)].uses, 1u);
  EXPECT_EQ(page_protect(other_, theirs_.second, 1, kRead | kWrite), Status::Denied);
  EXPECT_EQ(page_protect(other_, theirs_.second, 1, kRead), Status::Ok);
  EXPECT_STREQ(check_invariants(), nullptr);
  EXPECT_EQ(revoke_all(env_, 5), Status::Ok);
  EXPECT_EQ(physmem[theirs_.second][1], 0u);
  EXPECT_EQ(frames[kBlock].maps, 0u);
}

TEST_F(Large, PartsAreBuffers) {
  join();
  ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 6, kRead), Status::Ok);
  u32 list[kDiskQueueFrames];
  for (u32& frame : list) frame = alloc(env_);
  const u32 queue = queue_open(env_, 6, list).value();
  DiskCommand c{};
  c.extent = 6;
  c.buffer_cap = kNone;
  c.blocks = 16;
  c.frame_count = 2;
  c.frames[0] = kBlock + 3;
  c.frames[1] = kBlock;
  ASSERT_EQ(queue_begin(env_, queue, c), Status::Ok);
  EXPECT_EQ(frames[kBlock].pins, 2u);
  EXPECT_EQ(frames[kBlock + 3].pins, 0u);
  EXPECT_EQ(frame_split(env_, kBlock), Status::Busy);
  EXPECT_STREQ(check_invariants(), nullptr);
  ASSERT_EQ(queue_completed(queue, 0), Status::Ok);
  EXPECT_EQ(frame_split(env_, kBlock), Status::Ok);
  ASSERT_EQ(queue_close(env_, queue), Status::Ok);
}

TEST_F(Large, TheDeadGiveItBack) {
  join();
  ASSERT_EQ(cap_share(env_, 5, kBlock, 512, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 5, other_, 5, kRead), Status::Ok);
  ASSERT_EQ(set(other_, theirs_, 1, 5, kRead), Status::Ok);
  ASSERT_EQ(set(env_, space_, 1, kNone, kRead), Status::Ok);
  env_end(env_, EndReason::Exit, 0);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  EXPECT_EQ(frames[kBlock + 5].type, FrameType::Quarantine);
  EXPECT_EQ(physmem[theirs_.second][1], 0u);
}

// A page table of another environment.
TEST_F(Large, SharedTables) {
  const u32 data = alloc(env_);
  ASSERT_EQ(page_set(env_, space_.first, 3, data, kNone, kRead | kWrite), Status::Ok);
  EXPECT_EQ(cap_share(env_, 4, space_.top, 1, kRead), Status::Denied);  // no root table
  ASSERT_EQ(cap_share(env_, 4, space_.first, 1, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 4, other_, 4, kRead | kGrant), Status::Ok);
  const u32 entry = 5;
  EXPECT_EQ(page_set(other_, theirs_.second, entry, space_.first, kNone, kRead), Status::Denied);
  EXPECT_EQ(page_set(other_, theirs_.second, entry, space_.first, 4, 0), Status::BadArgument);
  EXPECT_EQ(page_set(other_, theirs_.second, entry, space_.first, 4, kRead | kWrite), Status::Denied);
  EXPECT_EQ(page_set(other_, theirs_.third, entry, space_.first, 4, kRead), Status::Denied);  // level
  EXPECT_EQ(page_set(other_, theirs_.first, entry, space_.first, 4, kRead), Status::Denied);  // as data
  EXPECT_EQ(page_set(other_, theirs_.second, entry, space_.first, 4, kRead), Status::Ok);
  EXPECT_EQ(page_walk(theirs_.top, 5ul << 21 | 3 << 12, false).value(), static_cast<u64>(data) << 12);
  EXPECT_EQ(page_walk(theirs_.top, 5ul << 21 | 3 << 12, true).status(), Status::BadAddress);
  EXPECT_EQ(page_protect(other_, theirs_.second, entry, kRead | kWrite), Status::Denied);
  EXPECT_EQ(page_update(other_, {space_.first, 4, data, kNone, PageAction::Set, kRead}), Status::Denied);
  EXPECT_EQ(frame_free(env_, space_.first), Status::Busy);
  EXPECT_STREQ(check_invariants(), nullptr);
  hold_translations(1, ledger_header.clock);
  EXPECT_EQ(cap_revoke(env_, 4), Status::Again);  // gone, but CPU 1 may not know
  EXPECT_EQ(physmem[theirs_.second][entry], 0u);
  EXPECT_EQ(frames[space_.first].maps, 1u);
  flush_all();
  EXPECT_EQ(cap_revoke(env_, 4), Status::Ok);
}

// Shared as data, and a page table later: what it maps was never shared.
TEST_F(Large, ATableIsNotWhatWasShared) {
  const u32 frame = alloc(env_);
  ASSERT_EQ(cap_share(env_, 4, frame, 1, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 4, other_, 4, kRead | kWrite), Status::Ok);
  ASSERT_EQ(frame_retype(env_, frame, FrameType::Table1), Status::Ok);
  EXPECT_EQ(page_set(other_, theirs_.second, 5, frame, 4, kRead), Status::Denied);
}

// The table's owner dies: its tables are emptied, and nobody's entry names one any more.
TEST_F(Large, SharedTablesOfTheDead) {
  ASSERT_EQ(cap_share(env_, 4, space_.second, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 4, other_, 4, kRead), Status::Ok);
  ASSERT_EQ(page_set(other_, theirs_.third, 5, space_.second, 4, kRead), Status::Ok);
  env_end(env_, EndReason::Exit, 0);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  EXPECT_EQ(physmem[theirs_.third][5], 0u);
}

}  // namespace test
