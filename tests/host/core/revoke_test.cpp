// SPDX-License-Identifier: MIT
// Revocation: descendants with everything that stands on them, in bounded steps, and not over before
// every CPU has flushed.
#include "fixture.hpp"

namespace test {

class Revoke : public Core {
 protected:
  u16 a_ = 0, b_ = 0, c_ = 0;
  void SetUp() override {
    Core::SetUp();
    a_ = make_env(70, 200);
    b_ = make_env(71, 200);
    c_ = make_env(72, 200);
  }
  CapType type(u16 env, u32 slot) { return caps[cap_index(env, slot)].type; }
};

TEST_F(Revoke, TakesAllDescendantsAndNothingElse) {
  ASSERT_EQ(cap_derive(0, kSlotDisk, 80, kRead | kGrant, 0, 100), Status::Ok);
  ASSERT_EQ(cap_derive(0, kSlotDisk, 81, kRead | kGrant, 100, 100), Status::Ok);
  ASSERT_EQ(cap_grant(0, 80, a_, 4, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 4, b_, 4, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(0, 81, c_, 4, kRead), Status::Ok);
  EXPECT_EQ(cap_revoke(0, 80), Status::Ok);  // no Frames: nothing to wait for
  EXPECT_EQ(type(0, 80), CapType::Extent);
  EXPECT_EQ(type(a_, 4), CapType::Null);
  EXPECT_EQ(type(b_, 4), CapType::Null);
  EXPECT_EQ(type(c_, 4), CapType::Extent);
  EXPECT_EQ(cap_revoke(0, 100), Status::BadCap);
  EXPECT_EQ(cap_revoke(0, 128), Status::BadCap);
}

TEST_F(Revoke, ClearsMappingsAndWaitsForFlushes) {
  const Space s = make_space(b_);
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead | kWrite), Status::Ok);
  for (u32 slot = 0; slot < 100; slot++)
    ASSERT_EQ(page_set(b_, s.first, slot, frame, 5, kRead | kWrite), Status::Ok);
  const u32 own = alloc(b_);
  ASSERT_EQ(page_set(b_, s.first, 200, own, kNone, kRead), Status::Ok);
  hold_translations(1, ledger_header.clock);
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);  // everything is gone, but CPU 1 may not know
  EXPECT_EQ(type(b_, 5), CapType::Null);
  EXPECT_EQ(frames[frame].maps, 0u);
  EXPECT_EQ(frames[own].maps, 1u);
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);
  flush_all();
  EXPECT_EQ(cap_revoke(a_, 5), Status::Ok);
}

// The holder cleared its entries and dropped the capability itself; its other CPU may not know.
TEST_F(Revoke, WaitsEvenIfTheHolderWasFaster) {
  const Space s = make_space(b_);
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_revoke(a_, 5), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead), Status::Ok);
  hold_translations(1, ledger_header.clock);
  ASSERT_EQ(page_set(b_, s.first, 0, frame, 5, kRead), Status::Ok);
  ASSERT_EQ(page_clear(b_, s.first, 0), Status::Ok);
  ASSERT_EQ(cap_drop(b_, 5), Status::Ok);
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);
  flush_all();
  EXPECT_EQ(cap_revoke(a_, 5), Status::Ok);
}

// An unfinished revocation's wait must not serve for what was derived after it.
TEST_F(Revoke, ANewDescendantNeedsANewWait) {
  const Space s = make_space(b_);
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kGrant), Status::Ok);
  hold_translations(1, ledger_header.clock);
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);
  flush_all();
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead), Status::Ok);
  ASSERT_EQ(page_set(b_, s.first, 0, frame, 5, kRead), Status::Ok);
  ASSERT_EQ(page_clear(b_, s.first, 0), Status::Ok);
  ASSERT_EQ(cap_drop(b_, 5), Status::Ok);
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);
  flush_all();
  EXPECT_EQ(cap_revoke(a_, 5), Status::Ok);
}

TEST_F(Revoke, SweepsManyTablesInSteps) {
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead), Status::Ok);
  u32 tables[40];
  for (u32& table : tables) {
    table = make_table(b_, FrameType::Table1);
    ASSERT_EQ(page_set(b_, table, 511, frame, 5, kRead), Status::Ok);
  }
  EXPECT_EQ(cap_revoke(a_, 5), Status::Again);
  EXPECT_EQ(caps[cap_index(b_, 5)].dying, 1);
  EXPECT_EQ(caps[cap_index(b_, 5)].uses, 40 - kSweepTables);
  EXPECT_STREQ(check_invariants(), nullptr);
  // Meanwhile its holder can do nothing new with it.
  EXPECT_EQ(page_set(b_, tables[0], 1, frame, 5, kRead), Status::BadCap);
  EXPECT_EQ(page_protect(b_, tables[0], 511, kRead), Status::Denied);
  EXPECT_EQ(cap_derive(b_, 5, 6, kRead, frame, 1), Status::BadCap);
  EXPECT_EQ(cap_drop(b_, 5), Status::Busy);
  EXPECT_EQ(cap_revoke(b_, 5), Status::BadCap);
  u32 calls = 0;
  EXPECT_EQ(revoke_all(a_, 5, &calls), Status::Ok);
  EXPECT_LE(calls, 40 / kSweepTables);
  EXPECT_EQ(type(b_, 5), CapType::Null);
  EXPECT_EQ(frames[frame].maps, 0u);
}

// Freeing the table where the sweep stands, or adding some, neither stops nor restarts it.
TEST_F(Revoke, SweepSurvivesChangesOfTheTables) {
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead), Status::Ok);
  u32 tables[24];
  for (u32& table : tables) {
    table = make_table(b_, FrameType::Table1);
    ASSERT_EQ(page_set(b_, table, 7, frame, 5, kRead), Status::Ok);
  }
  u32 calls = 0;
  while (cap_revoke(a_, 5) == Status::Again && calls < 100) {
    calls++;
    const u32 at = env_private[b_].sweep;
    if (at != kNone) {
      ASSERT_EQ(page_clear(b_, at, 7), Status::Ok);
      ASSERT_EQ(frame_free(b_, at), Status::Ok);
    }
    make_table(b_, FrameType::Table1);
    ASSERT_STREQ(check_invariants(), nullptr);
  }
  EXPECT_LT(calls, 8u);
  EXPECT_EQ(type(b_, 5), CapType::Null);
}

TEST_F(Revoke, ManyDescendantsTakeManySteps) {
  for (u32 slot = 1; slot < 100; slot++) {
    ASSERT_EQ(cap_grant(0, kSlotConsole, a_, slot, kWrite | kGrant), Status::Ok);
    ASSERT_EQ(cap_grant(a_, slot, b_, slot, kWrite), Status::Ok);
  }
  EXPECT_EQ(cap_revoke(0, kSlotConsole), Status::Again);
  EXPECT_STREQ(check_invariants(), nullptr);
  // Those that are left cannot multiply.
  for (u32 slot = 1; slot < 100; slot++) EXPECT_EQ(cap_derive(a_, slot, 110, kWrite, 0, 1), Status::BadCap);
  u32 calls = 0;
  EXPECT_EQ(revoke_all(0, kSlotConsole, &calls), Status::Ok);
  EXPECT_EQ(calls, 4u);  // two moves each, in steps of kRevokeMoves; one done above
  EXPECT_FALSE(cap_has_children(kSlotConsole));
}

// A chain as deep as can be, with a bush at its end.
TEST_F(Revoke, DeepTrees) {
  const u16 holders[3] = {a_, b_, c_};
  u32 index = kSlotConsole;
  for (u32 depth = 1; depth < kMaxDepth; depth++) {
    const u16 to = holders[depth % 3];
    ASSERT_EQ(cap_grant(cap_holder(index), index % kCapsPerEnv, to, depth, kWrite | kGrant), Status::Ok);
    index = cap_index(to, depth);
  }
  for (u32 slot = 40; slot < 100; slot++)
    ASSERT_EQ(cap_grant(cap_holder(index), index % kCapsPerEnv, a_, slot, kWrite), Status::Ok);
  u32 calls = 0;
  while (cap_revoke(0, kSlotConsole) == Status::Again && calls < 10) {
    calls++;
    ASSERT_STREQ(check_invariants(), nullptr);
  }
  EXPECT_EQ(calls, 2u);  // 30 down, 60 up and down, 30 up
  EXPECT_EQ(caps[kSlotConsole].children, 0u);
  EXPECT_EQ(caps[kSlotConsole].revoking, 0);
}

// What a revocation has not reached yet cannot grow, or it would never end; its holder may still use
// and drop it. What is derived anew by the revoker itself starts the revocation again.
TEST_F(Revoke, NothingGrowsBelow) {
  for (u32 slot = 1; slot < 100; slot++) {
    ASSERT_EQ(cap_grant(0, kSlotConsole, a_, slot, kWrite | kGrant), Status::Ok);
    ASSERT_EQ(cap_grant(a_, slot, b_, slot, kWrite | kGrant), Status::Ok);
  }
  EXPECT_EQ(cap_revoke(0, kSlotConsole), Status::Again);
  const u32 left = caps[kSlotConsole].children;
  EXPECT_EQ(cap_find(b_, 1, CapType::Console, kWrite).status(), Status::Ok);  // the oldest: reached last
  EXPECT_EQ(cap_derive(b_, 1, 120, kWrite, 0, 1), Status::BadCap);
  EXPECT_EQ(cap_grant(b_, 1, c_, 120, kWrite), Status::BadCap);
  EXPECT_EQ(cap_drop(b_, 1), Status::Ok);
  EXPECT_EQ(cap_derive(a_, 1, 120, kWrite, 0, 1), Status::BadCap);
  ASSERT_EQ(cap_derive(0, kSlotConsole, 100, kWrite, 0, 1), Status::Ok);
  EXPECT_EQ(caps[kSlotConsole].children, left + 1);
  EXPECT_EQ(cap_derive(a_, 1, 120, kWrite, 0, 1), Status::Ok);  // it changed its mind
  EXPECT_EQ(revoke_all(0, kSlotConsole), Status::Ok);
  EXPECT_EQ(type(0, 100), CapType::Null);
  EXPECT_EQ(type(a_, 120), CapType::Null);
}

// A revocation that nobody finishes leaves a whole tree, and another one takes the rest.
TEST_F(Revoke, InsideAnother) {
  for (u32 slot = 1; slot < 100; slot++)
    ASSERT_EQ(cap_grant(0, kSlotConsole, a_, slot, kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 1, b_, 1, kWrite | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(b_, 1, c_, 1, kWrite), Status::Ok);
  EXPECT_EQ(cap_revoke(0, kSlotConsole), Status::Again);
  EXPECT_EQ(cap_revoke(a_, 1), Status::Ok);  // not reached yet: still its holder's to revoke
  EXPECT_EQ(type(b_, 1), CapType::Null);
  EXPECT_EQ(type(a_, 1), CapType::Console);
  EXPECT_EQ(cap_grant(a_, 1, b_, 1, kWrite), Status::BadCap);
  EXPECT_EQ(revoke_all(0, kSlotConsole), Status::Ok);
  EXPECT_EQ(type(a_, 1), CapType::Null);
}

// One sweep serves all siblings of one holder.
TEST_F(Revoke, SweepsSiblingsTogether) {
  const u32 frame = alloc(a_);
  ASSERT_EQ(cap_share(a_, 5, frame, 1, kRead | kGrant), Status::Ok);
  const Space s = make_space(b_);
  for (u32 slot = 1; slot < 60; slot++) {
    ASSERT_EQ(cap_grant(a_, 5, b_, slot, kRead), Status::Ok);
    ASSERT_EQ(page_set(b_, s.first, slot, frame, slot, kRead), Status::Ok);
  }
  u32 calls = 0;
  EXPECT_EQ(revoke_all(a_, 5, &calls), Status::Ok);
  EXPECT_LE(calls, 2u);
}

TEST_F(Revoke, EndsBindings) {
  ASSERT_EQ(cap_grant(0, kSlotReceive, b_, 5, kInvoke), Status::Ok);
  BindConfig config{};
  config.receive = 5;
  config.control = alloc(b_);
  config.frame_count = 1;
  config.frames[0] = alloc(b_);
  config.list_frame = alloc(b_);
  const auto binding = binding_open(b_, config);
  ASSERT_TRUE(binding.ok());
  EXPECT_EQ(cap_drop(b_, 5), Status::Busy);
  EXPECT_EQ(cap_revoke(0, kSlotReceive), Status::Ok);
  EXPECT_EQ(bindings[binding.value()].owner, kNoEnv);
  EXPECT_EQ(frames[config.control].pins, 0u);
  EXPECT_EQ(frames[config.frames[0]].pins, 0u);
}

TEST_F(Revoke, WaitsForTheDisk) {
  ASSERT_EQ(cap_grant(0, kSlotDisk, b_, 5, kRead), Status::Ok);
  u32 list[kDiskQueueFrames];
  for (u32& frame : list) frame = alloc(b_);
  const u32 queue = queue_open(b_, 5, list).value();
  DiskCommand command{};
  command.op = DiskOp::Read;
  command.extent = 5;
  command.buffer_cap = kNone;
  command.blocks = 1;
  command.frame_count = 1;
  command.frames[0] = alloc(b_);
  ASSERT_EQ(queue_begin(b_, queue, command), Status::Ok);
  EXPECT_EQ(cap_revoke(0, kSlotDisk), Status::Again);
  command.id = 1;
  EXPECT_EQ(queue_begin(b_, queue, command), Status::BadCap);
  EXPECT_EQ(cap_revoke(0, kSlotDisk), Status::Again);
  ASSERT_EQ(queue_completed(queue, 0), Status::Ok);
  EXPECT_EQ(cap_revoke(0, kSlotDisk), Status::Ok);
  EXPECT_EQ(type(b_, 5), CapType::Null);
}

// Two revocations of the same holder's capabilities, step by step in turn.
TEST_F(Revoke, TwoAtOnce) {
  const u32 one = alloc(a_);
  const u32 two = alloc(c_);
  ASSERT_EQ(cap_share(a_, 5, one, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_share(c_, 5, two, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(a_, 5, b_, 5, kRead), Status::Ok);
  ASSERT_EQ(cap_grant(c_, 5, b_, 6, kRead), Status::Ok);
  for (u32 i = 0; i < 20; i++) {
    const u32 table = make_table(b_, FrameType::Table1);
    ASSERT_EQ(page_set(b_, table, 0, one, 5, kRead), Status::Ok);
    ASSERT_EQ(page_set(b_, table, 1, two, 6, kRead), Status::Ok);
  }
  bool done[2] = {};
  for (u32 i = 0; i < 20 && !(done[0] && done[1]); i++) {
    done[i % 2] |= cap_revoke(i % 2 == 0 ? a_ : c_, 5) == Status::Ok;
    ASSERT_STREQ(check_invariants(), nullptr);
  }
  EXPECT_TRUE(done[0] && done[1]);
  EXPECT_EQ(frames[one].maps + frames[two].maps, 0u);
}

}  // namespace test
