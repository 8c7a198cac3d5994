// SPDX-License-Identifier: MIT
// Page-table entries: what may be written, what it counts, and the walk.
#include "fixture.hpp"

namespace test {

class Page : public Core {
 protected:
  u16 env_ = 0;
  u16 other_ = 0;
  Space space_{};
  u32 data_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70);
    other_ = make_env(71);
    space_ = make_space(env_);
    data_ = alloc(env_);
  }
  Status set(u32 slot, u32 target, u32 rights, u32 cap = kNone) {
    return page_set(env_, space_.first, slot, target, cap, rights);
  }
};

TEST_F(Page, EntryBitsCarryTheCapability) {
  for (u32 cap : {0u, 1u, 7u, 8u, 4095u, kMaxCaps - 1}) {
    const u64 entry = pte_make(kMaxFrames - 1, cap, kRead);
    EXPECT_EQ(pte_cap(entry), cap);
    EXPECT_EQ(pte_frame(entry), kMaxFrames - 1);
    EXPECT_EQ(entry & 0x1ff, 5u);  // present, user; no PS, no G
    EXPECT_NE(entry & kPteNoExecute, 0u);
  }
  EXPECT_EQ(pte_make(5, 0, kRead | kWrite | kExecute), 0x5007u);
}

TEST_F(Page, SetCountsAndClearUncounts) {
  EXPECT_EQ(set(3, data_, kRead | kWrite), Status::Ok);
  EXPECT_EQ(physmem[space_.first][3], pte_make(data_, 0, kRead | kWrite));
  EXPECT_EQ(set(4, data_, kRead), Status::Ok);
  EXPECT_EQ(frames[data_].maps, 2u);
  EXPECT_EQ(frames[space_.first].entries, 2u);
  const u64 clock = ledger_header.clock;
  EXPECT_EQ(page_clear(env_, space_.first, 3), Status::Ok);
  EXPECT_EQ(ledger_header.clock, clock + 1);  // translations tagged before are not to be used again
  EXPECT_EQ(frames[data_].unmapped, 0u);      // still mapped once
  EXPECT_EQ(page_clear(env_, space_.first, 4), Status::Ok);
  EXPECT_EQ(frames[data_].maps, 0u);
  EXPECT_EQ(frames[data_].unmapped, clock + 2);
  EXPECT_EQ(frames[space_.first].entries, 0u);
  EXPECT_EQ(physmem[space_.first][3], 0u);
}

TEST_F(Page, SetErrors) {
  EXPECT_EQ(set(kTableEntries, data_, kRead), Status::BadArgument);
  EXPECT_EQ(set(0, data_, 0), Status::BadArgument);
  EXPECT_EQ(set(0, data_, kWrite), Status::BadArgument);
  EXPECT_EQ(set(0, data_, kRead | kGrant), Status::BadArgument);
  EXPECT_EQ(set(0, data_, 0x80000001), Status::BadArgument);
  EXPECT_EQ(page_set(other_, space_.first, 0, data_, kNone, kRead), Status::Denied);
  EXPECT_EQ(page_set(env_, data_, 0, data_, kNone, kRead), Status::Denied);  // no page table
  EXPECT_EQ(page_set(env_, kFrames, 0, data_, kNone, kRead), Status::Denied);
  EXPECT_EQ(page_set(env_, kNone, 0, data_, kNone, kRead), Status::Denied);
  EXPECT_EQ(set(0, kFrames, kRead), Status::Denied);
  EXPECT_EQ(set(0, kNone, kRead), Status::Denied);
  EXPECT_EQ(set(0, alloc(other_), kRead), Status::Denied);
  EXPECT_EQ(set(0, frame_lists.free_head, kRead), Status::Denied);
  EXPECT_EQ(set(0, 3, kRead), Status::Denied);                      // absent
  EXPECT_EQ(set(0, space_.first, kRead | kWrite), Status::Denied);  // a page table
  EXPECT_EQ(set(0, space_.top, kRead), Status::Denied);
  EXPECT_EQ(set(0, kSharedFrame, kRead), Status::Denied);  // needs a capability
  const u32 kernel = alloc(env_);
  ASSERT_EQ(frame_to_kernel(env_, kernel, FrameType::Kernel), Status::Ok);
  EXPECT_EQ(set(0, kernel, kRead), Status::Denied);
  ASSERT_EQ(set(0, data_, kRead), Status::Ok);
  EXPECT_EQ(set(0, data_, kRead), Status::Occupied);
  EXPECT_EQ(frames[data_].maps, 1u);
}

TEST_F(Page, UpperLevelsNameOnlyTheNextLevel) {
  const u32 second = make_table(env_, FrameType::Table2);
  EXPECT_EQ(page_set(env_, space_.top, 1, second, kNone, 0), Status::Denied);
  EXPECT_EQ(page_set(env_, space_.third, 1, space_.top, kNone, 0), Status::Denied);
  EXPECT_EQ(page_set(env_, space_.third, 1, space_.third, kNone, 0), Status::Denied);
  EXPECT_EQ(page_set(env_, space_.second, 1, data_, kNone, kRead), Status::Denied);  // no 2 MiB page
  EXPECT_EQ(page_set(env_, space_.third, 1, make_table(other_, FrameType::Table2), kNone, 0), Status::Denied);
  EXPECT_EQ(page_set(env_, space_.third, 1, second, 0, 0), Status::BadArgument);
  EXPECT_EQ(page_set(env_, space_.third, 1, second, kNone, 0), Status::Ok);
  EXPECT_EQ(physmem[space_.third][1], static_cast<u64>(second) << 12 | 7);
  EXPECT_EQ(page_protect(env_, space_.third, 1, kRead), Status::BadArgument);
  EXPECT_EQ(page_clear(env_, space_.third, 1), Status::Ok);
}

TEST_F(Page, TheKernelsHalfIsOutOfReach) {
  const u32 third = make_table(env_, FrameType::Table3);
  for (u32 slot : {kUserTopSlots, 256u, 511u, 512u, kNone}) {
    EXPECT_EQ(page_set(env_, space_.top, slot, third, kNone, 0), Status::BadArgument) << slot;
    EXPECT_EQ(page_clear(env_, space_.top, slot), Status::BadArgument) << slot;
    EXPECT_EQ(page_protect(env_, space_.top, slot, kRead), Status::BadArgument) << slot;
  }
  EXPECT_EQ(page_set(env_, space_.top, kUserTopSlots - 1, third, kNone, 0), Status::Ok);
}

TEST_F(Page, SharedFramesAreOnlyRead) {
  ASSERT_EQ(cap_grant(0, kSlotShared, env_, 9, kRead), Status::Ok);
  EXPECT_EQ(set(0, kSharedFrame, kRead | kWrite, 9), Status::Denied);
  EXPECT_EQ(set(0, kSharedFrame, kRead | kExecute, 9), Status::Denied);
  EXPECT_EQ(set(0, kSharedFrame + kSharedCount, kRead, 9), Status::Denied);  // beyond: free memory
  EXPECT_EQ(set(0, kSharedFrame, kRead, 9), Status::Ok);
  EXPECT_EQ(page_protect(env_, space_.first, 0, kRead | kWrite), Status::Denied);
  EXPECT_EQ(caps[cap_index(env_, 9)].uses, 1u);
  const u32 ring = alloc(env_);
  ASSERT_EQ(frame_to_kernel(env_, ring, FrameType::Shared), Status::Ok);
  EXPECT_EQ(set(1, ring, kRead | kWrite), Status::Denied);
  EXPECT_EQ(set(1, ring, kRead), Status::Ok);  // its own completion ring
}

TEST_F(Page, TablesAreOnlyReadByTheirOwner) {
  EXPECT_EQ(set(0, space_.first, kRead | kWrite), Status::Denied);
  EXPECT_EQ(set(0, space_.first, kRead | kExecute), Status::Denied);
  EXPECT_EQ(set(0, space_.top, kRead), Status::Denied);  // has the kernel's half
  const Space others = make_space(other_);
  EXPECT_EQ(set(0, others.first, kRead), Status::Denied);
  EXPECT_EQ(cap_share(other_, 9, others.first, 1, kRead | kGrant), Status::Ok);
  EXPECT_EQ(cap_grant(other_, 9, env_, 9, kRead), Status::Ok);
  EXPECT_EQ(set(0, others.first, kRead, 9), Status::Denied);  // not by a capability either
  const u32 maps = frames[space_.first].maps;
  EXPECT_EQ(set(0, space_.first, kRead), Status::Ok);
  EXPECT_EQ(frames[space_.first].maps, maps + 1);
  EXPECT_EQ(page_protect(env_, space_.first, 0, kRead | kWrite), Status::Denied);
  EXPECT_EQ(check_invariants(), nullptr);
}

TEST_F(Page, ACapabilityCoversOthersFrames) {
  u32 frame = alloc(other_);
  ASSERT_EQ(cap_share(other_, 5, frame, 1, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(other_, 5, env_, 6, kRead), Status::Ok);
  EXPECT_EQ(set(0, frame, kRead | kWrite, 6), Status::Denied);
  EXPECT_EQ(set(0, frame, kRead | kExecute, 6), Status::Denied);
  EXPECT_EQ(set(0, data_, kRead, 6), Status::OutOfRange);
  EXPECT_EQ(set(0, frame, kRead, 7), Status::BadCap);
  EXPECT_EQ(set(0, frame, kRead, kCapsPerEnv), Status::BadCap);
  EXPECT_EQ(set(0, frame, kRead, kSlotSelf), Status::BadCap);  // of another type
  EXPECT_EQ(set(0, frame, kRead, 6), Status::Ok);
  EXPECT_EQ(pte_cap(physmem[space_.first][0]), cap_index(env_, 6));
  EXPECT_EQ(caps[cap_index(env_, 6)].uses, 1u);
  EXPECT_EQ(frame_free(other_, frame), Status::Busy);
  EXPECT_EQ(page_protect(env_, space_.first, 0, kRead | kWrite), Status::Denied);
  EXPECT_EQ(page_clear(env_, space_.first, 0), Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 6)].uses, 0u);
}

TEST_F(Page, ProtectStaysWithinItsJustification) {
  ASSERT_EQ(set(0, data_, kRead), Status::Ok);
  EXPECT_EQ(page_protect(env_, space_.first, 0, kRead | kWrite | kExecute), Status::Ok);
  EXPECT_EQ(physmem[space_.first][0], pte_make(data_, 0, kRead | kWrite | kExecute));
  EXPECT_EQ(page_protect(env_, space_.first, 0, kRead), Status::Ok);
  EXPECT_EQ(page_protect(env_, space_.first, 0, kWrite), Status::BadArgument);
  EXPECT_EQ(page_protect(env_, space_.first, 0, 8 | kRead), Status::BadArgument);
  EXPECT_EQ(page_protect(env_, space_.first, 1, kRead), Status::BadArgument);  // empty
  EXPECT_EQ(page_protect(other_, space_.first, 0, kRead), Status::Denied);
  EXPECT_EQ(frames[data_].maps, 1u);
}

TEST_F(Page, ClearErrors) {
  EXPECT_EQ(page_clear(env_, space_.first, 0), Status::BadArgument);
  EXPECT_EQ(page_clear(env_, space_.first, kTableEntries), Status::BadArgument);
  EXPECT_EQ(page_clear(other_, space_.top, 0), Status::Denied);
  EXPECT_EQ(page_clear(env_, data_, 0), Status::Denied);
}

TEST_F(Page, UpdateIsTheSame) {
  PageUpdate step{space_.first, 2, data_, kNone, PageAction::Set, kRead};
  EXPECT_EQ(page_update(env_, step), Status::Ok);
  step.action = PageAction::Protect;
  step.rights = kRead | kWrite;
  EXPECT_EQ(page_update(env_, step), Status::Ok);
  EXPECT_EQ(physmem[space_.first][2], pte_make(data_, 0, kRead | kWrite));
  step.action = PageAction::Clear;
  step.target = kNone;
  EXPECT_EQ(page_update(env_, step), Status::Ok);
  step.action = static_cast<PageAction>(3);
  EXPECT_EQ(page_update(env_, step), Status::BadArgument);
}

TEST_F(Page, WalkFollowsTheTables) {
  ASSERT_EQ(set(5, data_, kRead), Status::Ok);
  const u64 address = 5 * kPageSize + 0x123;
  EXPECT_EQ(page_walk(space_.top, address, false).value(), static_cast<u64>(data_) * kPageSize + 0x123);
  EXPECT_EQ(page_walk(space_.top, address, true).status(), Status::BadAddress);
  ASSERT_EQ(page_protect(env_, space_.first, 5, kRead | kWrite), Status::Ok);
  EXPECT_EQ(page_walk(space_.top, address, true).status(), Status::Ok);
  EXPECT_EQ(page_walk(space_.top, 6 * kPageSize, false).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, 1ul << 21, false).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, 1ul << 30, false).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, 1ul << 39, false).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, kUserEnd, false).status(), Status::BadAddress);
  EXPECT_EQ(page_walk(space_.top, ~0ul, false).status(), Status::BadAddress);
}

}  // namespace test
