// SPDX-License-Identifier: MIT
// Capabilities: look-up, derive, grant, share, drop.
#include "fixture.hpp"

namespace test {

class Cap : public Core {
 protected:
  u16 env_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70);
  }
  const CapEntry& at(u16 env, u32 slot) { return caps[cap_index(env, slot)]; }
};

TEST_F(Cap, FindChecksTypeAndRights) {
  EXPECT_EQ(cap_find(0, kSlotDisk, CapType::Extent, kRead | kWrite).value(), kSlotDisk);
  EXPECT_EQ(cap_find(0, kSlotDisk, CapType::Extent, kExecute).status(), Status::Denied);
  EXPECT_EQ(cap_find(0, kSlotDisk, CapType::Frames, kRead).status(), Status::BadCap);
  EXPECT_EQ(cap_find(0, 100, CapType::Extent, 0).status(), Status::BadCap);
  EXPECT_EQ(cap_find(0, kCapsPerEnv, CapType::Extent, 0).status(), Status::BadCap);  // not env 1's slot 0
  EXPECT_EQ(cap_find(0, kNone, CapType::Extent, 0).status(), Status::BadCap);
  EXPECT_EQ(cap_find(env_, kSlotDisk, CapType::Extent, 0).status(), Status::BadCap);
}

TEST_F(Cap, DeriveNarrows) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead | kGrant, 100, 50), Status::Ok);
  EXPECT_EQ(at(0, 80).start, 100u);
  EXPECT_EQ(at(0, 80).count, 50u);
  EXPECT_EQ(at(0, 80).rights, kRead | kGrant);
  EXPECT_EQ(at(0, 80).depth, 1);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 100, 50), Status::Ok);  // the same again is not wider
  EXPECT_EQ(cap_derive(0, 80, 82, kRead, 149, 1), Status::Ok);
  EXPECT_EQ(at(0, 82).depth, 2);
}

TEST_F(Cap, DeriveErrors) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead, 100, 50), Status::Ok);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead | kWrite, 100, 1), Status::Denied);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead | kGrant, 100, 1), Status::Denied);
  EXPECT_EQ(cap_derive(0, 80, 81, 256, 100, 1), Status::BadArgument);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 100, 0), Status::BadArgument);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 99, 1), Status::OutOfRange);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 100, 51), Status::OutOfRange);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 150, 1), Status::OutOfRange);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 149, 2), Status::OutOfRange);
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, 120, ~0ul), Status::OutOfRange);  // wraps
  EXPECT_EQ(cap_derive(0, 80, 81, kRead, ~0ul, 2), Status::OutOfRange);
  EXPECT_EQ(cap_derive(0, 80, 80, kRead, 100, 1), Status::Occupied);
  EXPECT_EQ(cap_derive(0, 80, kCapsPerEnv, kRead, 100, 1), Status::BadArgument);
  EXPECT_EQ(cap_derive(0, 100, 81, kRead, 100, 1), Status::BadCap);
  EXPECT_EQ(cap_derive(0, kNone, 81, kRead, 100, 1), Status::BadCap);
  EXPECT_EQ(at(0, 81).type, CapType::Null);
}

TEST_F(Cap, TypesWithoutARangeIgnoreIt) {
  EXPECT_EQ(cap_derive(0, kSlotConsole, 80, kWrite, 123, 0), Status::Ok);
  EXPECT_EQ(at(0, 80).start, 0u);
  EXPECT_EQ(at(0, 80).count, 0u);
}

TEST_F(Cap, GrantCopiesTheWholeRange) {
  ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 4, kRead), Status::Ok);
  EXPECT_EQ(at(env_, 4).type, CapType::Extent);
  EXPECT_EQ(at(env_, 4).count, kDiskBlocks);
  EXPECT_EQ(at(env_, 4).rights, kRead);
  EXPECT_EQ(at(env_, 4).depth, 1);
  EXPECT_EQ(cap_grant(env_, 4, 0, 90, kRead), Status::Denied);  // came without Grant
  EXPECT_EQ(cap_grant(0, kSlotDisk, env_, 4, kRead), Status::Occupied);
  EXPECT_EQ(cap_grant(0, kSlotDisk, env_, 128, kRead), Status::BadArgument);
  EXPECT_EQ(cap_grant(0, kSlotDisk, env_, 5, kExecute), Status::Denied);
  EXPECT_EQ(cap_grant(0, kSlotDisk, env_, 5, 0x100), Status::BadArgument);
  EXPECT_EQ(cap_grant(0, 101, env_, 5, 0), Status::BadCap);
}

TEST_F(Cap, LinksTellTheTree) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead | kGrant, 0, 100), Status::Ok);
  ASSERT_EQ(cap_derive(0, kSlotDisk, 81, kRead, 100, 100), Status::Ok);
  ASSERT_EQ(cap_grant(0, 80, env_, 4, kRead), Status::Ok);
  EXPECT_EQ(caps[kSlotDisk].first_child, 81u);  // the younger child first
  EXPECT_EQ(caps[kSlotDisk].children, 2u);
  EXPECT_EQ(caps[81].next_sibling, 80u);
  EXPECT_EQ(caps[80].prev_sibling, 81u);
  EXPECT_EQ(caps[80].first_child, cap_index(env_, 4));
  EXPECT_EQ(at(env_, 4).parent, 80u);
  EXPECT_EQ(at(env_, 4).depth, 2);
  EXPECT_TRUE(cap_has_children(80));
  EXPECT_FALSE(cap_has_children(81));
  // Dropped from the middle of three, the front, the end.
  ASSERT_EQ(cap_derive(0, kSlotDisk, 82, kRead, 0, 1), Status::Ok);
  ASSERT_EQ(cap_drop(0, 81), Status::Ok);
  EXPECT_EQ(caps[82].next_sibling, 80u);
  EXPECT_EQ(caps[80].prev_sibling, 82u);
  EXPECT_STREQ(check_invariants(), nullptr);
  ASSERT_EQ(cap_drop(0, 82), Status::Ok);
  EXPECT_EQ(caps[kSlotDisk].first_child, 80u);
  ASSERT_EQ(cap_drop(env_, 4), Status::Ok);
  ASSERT_EQ(cap_drop(0, 80), Status::Ok);
  EXPECT_EQ(caps[kSlotDisk].first_child, kNone);
  EXPECT_EQ(caps[kSlotDisk].children, 0u);
}

TEST_F(Cap, DepthEnds) {
  // Two slots in turn: a chain in which each link is the child of the one before.
  u16 holders[3] = {env_, make_env(71), make_env(72)};
  u32 index = kSlotConsole;
  for (u32 depth = 1; depth <= kMaxDepth; depth++) {
    const u16 to = holders[depth % 3];
    const u32 slot = 1 + depth / 3;
    ASSERT_EQ(cap_grant(cap_holder(index), index % kCapsPerEnv, to, slot, kWrite | kGrant), Status::Ok);
    index = cap_index(to, slot);
  }
  EXPECT_EQ(caps[index].depth, kMaxDepth);
  EXPECT_EQ(cap_grant(cap_holder(index), index % kCapsPerEnv, 0, 100, kWrite), Status::NoSpace);
}

TEST_F(Cap, ShareNeedsOnesOwnData) {
  u32 first = frame_alloc(env_, 300).value();
  for (u32 i = 1; i < 4; i++) ASSERT_TRUE(frame_alloc(env_, 300 + i).ok());
  EXPECT_EQ(cap_share(env_, 5, first, 0, kRead), Status::BadArgument);
  EXPECT_EQ(cap_share(env_, 5, first, 513, kRead), Status::BadArgument);
  EXPECT_EQ(cap_share(env_, 5, first, 4, kRead | kControl), Status::BadArgument);
  EXPECT_EQ(cap_share(env_, 5, first, 4, 0x100 | kRead), Status::BadArgument);
  EXPECT_EQ(cap_share(env_, kSlotSelf, first, 4, kRead), Status::Occupied);
  EXPECT_EQ(cap_share(env_, 128, first, 4, kRead), Status::BadArgument);
  EXPECT_EQ(cap_share(env_, 5, first, 5, kRead), Status::Denied);
  EXPECT_EQ(cap_share(env_, 5, kNone, 1, kRead), Status::Denied);
  EXPECT_EQ(cap_share(env_, 5, kFrames - 1, 2, kRead), Status::Denied);
  EXPECT_EQ(cap_share(0, 100, first, 4, kRead), Status::Denied);
  EXPECT_EQ(cap_share(env_, 5, first, 4, kRead | kWrite | kExecute | kGrant), Status::Ok);
  EXPECT_EQ(at(env_, 5).stamp, ledger_header.clock);
  ASSERT_EQ(frame_retype(env_, first + 3, FrameType::Table1), Status::Ok);
  EXPECT_EQ(cap_share(env_, 6, first, 4, kRead), Status::Ok);  // page tables too
  ASSERT_EQ(frame_retype(env_, first + 2, FrameType::Table4), Status::Ok);
  EXPECT_EQ(cap_share(env_, 7, first, 4, kRead), Status::Denied);  // but no root table
  ASSERT_EQ(frame_to_kernel(env_, first + 1, FrameType::Kernel), Status::Ok);
  EXPECT_EQ(cap_share(env_, 7, first, 2, kRead), Status::Denied);
}

// A capability to a frame must not come back to life when the frame does.
TEST_F(Cap, OldCapabilitiesDoNotCoverNewOwners) {
  const u32 frame = alloc(env_);
  ASSERT_EQ(cap_share(env_, 5, frame, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 5, 0, 100, kRead), Status::Ok);
  EXPECT_TRUE(frame_access(0, frame, 100, kRead).ok());
  ASSERT_EQ(frame_free(env_, frame), Status::Ok);
  EXPECT_FALSE(frame_access(0, frame, 100, kRead).ok());
  ASSERT_EQ(frame_alloc(env_, frame).status(), Status::Ok);
  EXPECT_EQ(frame_access(0, frame, 100, kRead).status(), Status::Denied);
  ASSERT_EQ(cap_derive(0, 100, 101, kRead, frame, 1), Status::Ok);  // as stale as its parent
  EXPECT_EQ(frame_access(0, frame, 101, kRead).status(), Status::Denied);
}

TEST_F(Cap, DropErrors) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead, 0, 100), Status::Ok);
  EXPECT_EQ(cap_drop(0, kSlotDisk), Status::Busy);  // has a child
  EXPECT_EQ(cap_drop(0, 80), Status::Ok);
  EXPECT_EQ(cap_drop(0, 80), Status::BadCap);
  EXPECT_EQ(cap_drop(0, kSlotDisk), Status::Ok);
  EXPECT_EQ(cap_drop(0, kSlotSelf), Status::BadArgument);
  EXPECT_EQ(cap_drop(env_, kSlotSelf), Status::BadArgument);
  EXPECT_EQ(cap_drop(0, 128), Status::BadCap);
  EXPECT_EQ(cap_drop(0, 70), Status::Busy);  // the way to an environment
  ASSERT_EQ(revoke_all(0, 70), Status::Ok);
  EXPECT_EQ(at(env_, kSlotSelf).type, CapType::Null);
  EXPECT_EQ(cap_drop(0, 70), Status::Busy);  // only reaping takes it
}

TEST_F(Cap, DropWithMappingsIsBusy) {
  const Space s = make_space(env_);
  ASSERT_EQ(cap_grant(0, kSlotShared, env_, 9, kRead), Status::Ok);
  ASSERT_EQ(page_set(env_, s.first, 0, kSharedFrame, 9, kRead), Status::Ok);
  EXPECT_EQ(cap_drop(env_, 9), Status::Busy);
  ASSERT_EQ(page_clear(env_, s.first, 0), Status::Ok);
  EXPECT_EQ(cap_drop(env_, 9), Status::Ok);
}

}  // namespace test
