// SPDX-License-Identifier: MIT
// Reaping: a dead environment leaves nothing behind, wherever its things were.
#include "fixture.hpp"

namespace test {

class Reap : public Core {
 protected:
  u16 env_ = 0;
  Space space_{};
  u32 quota_ = 0;
  u64 free_ = 0;
  void SetUp() override {
    Core::SetUp();
    quota_ = envs[0].quota[0];
    free_ = ledger_header.frames_free;
    env_ = make_env(70, 300);
    space_ = make_space(env_);
    make_running(env_, space_);
  }
  void expect_gone() {
    EXPECT_EQ(envs[0].quota[0], quota_);
    EXPECT_EQ(ledger_header.frames_free, free_);
    EXPECT_EQ(envs[env_].state, EnvState::Unused);
    EXPECT_EQ(caps[70].type, CapType::Null);
    for (u32 slot = 0; slot < kCapsPerEnv; slot++) EXPECT_EQ(caps[cap_index(env_, slot)].type, CapType::Null);
  }
};

TEST_F(Reap, OnlyTheDead) {
  EXPECT_EQ(env_reap_step(env_), Status::Busy);
  env_end(env_, EndReason::Exit, 0);
  cpus[1].current = env_;
  EXPECT_EQ(env_reap_step(env_), Status::Again);  // still on a CPU
  EXPECT_EQ(envs[env_].used[0], 6u);
  cpus[1].current = kNoEnv;
  EXPECT_EQ(reap_all(env_), Status::Ok);
  expect_gone();
}

TEST_F(Reap, TakesStepsForManyFrames) {
  for (u32 i = 0; i < 250; i++) alloc(env_);
  for (u32 i = 0; i < 20; i++) make_table(env_, FrameType::Table1);
  env_end(env_, EndReason::Exit, 0);
  u32 calls = 0;
  EXPECT_EQ(reap_all(env_, &calls), Status::Ok);
  EXPECT_GE(calls, 276 / kReapBatch);
  EXPECT_LE(calls, 20u);
  expect_gone();
}

TEST_F(Reap, MappingsSlicesAndCapabilities) {
  const u16 other = make_env(71, 100);
  const Space theirs = make_space(other);
  const u32 shared = alloc(env_);
  const u32 foreign = alloc(other);
  // Its frame in the other's tables, and the other way round.
  ASSERT_EQ(cap_share(env_, 5, shared, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(env_, 5, other, 5, kRead), Status::Ok);
  ASSERT_EQ(page_set(other, theirs.first, 0, shared, 5, kRead), Status::Ok);
  ASSERT_EQ(cap_share(other, 6, foreign, 1, kRead | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(other, 6, env_, 6, kRead), Status::Ok);
  ASSERT_EQ(page_set(env_, space_.first, 0, foreign, 6, kRead), Status::Ok);
  // Ways to it in several hands.
  ASSERT_EQ(cap_grant(0, 70, other, 7, kInvoke | kGrant), Status::Ok);
  ASSERT_EQ(cap_grant(other, 7, 0, 100, kInvoke), Status::Ok);
  ASSERT_EQ(slice_assign(0, kSlotSlices, env_, 3, 2), Status::Ok);
  env_end(env_, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  EXPECT_EQ(frames[foreign].maps, 0u);
  EXPECT_EQ(frames[shared].type, FrameType::Quarantine);
  EXPECT_EQ(physmem[theirs.first][0], 0u);
  EXPECT_EQ(caps[cap_index(other, 7)].type, CapType::Null);
  EXPECT_EQ(caps[100].type, CapType::Null);
  EXPECT_EQ(caps[cap_index(other, 6)].type, CapType::Frames);
  for (u16 position : cpus[1].slices) EXPECT_EQ(position, kNoEnv);
  env_end(other, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(other), Status::Ok);
  expect_gone();
}

TEST_F(Reap, BindingsAndFilters) {
  const BpfInsn accept{6, 0, 0, 1};
  ASSERT_EQ(cap_grant(0, kSlotReceive, env_, 5, kInvoke), Status::Ok);
  ASSERT_EQ(filter_derive(env_, 5, 6, &accept, 1), Status::Ok);
  BindConfig config{};
  config.receive = 6;
  config.control = alloc(env_);
  config.frame_count = 1;
  config.frames[0] = alloc(env_);
  config.list_frame = alloc(env_);
  ASSERT_TRUE(binding_open(env_, config).ok());
  env_end(env_, EndReason::Fault, 13);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  u32 used = 0;
  for (const FilterEntry& f : filters) used += f.references != 0;
  EXPECT_EQ(used, 2u);  // the card's two
  expect_gone();
}

TEST_F(Reap, WaitsForTheDiskAndTheCard) {
  ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 5, kRead), Status::Ok);
  u32 list[kDiskQueueFrames];
  for (u32& frame : list) frame = alloc(env_);
  const u32 queue = queue_open(env_, 5, list).value();
  DiskCommand command{};
  command.extent = 5;
  command.buffer_cap = kNone;
  command.blocks = 1;
  command.frame_count = 1;
  command.frames[0] = alloc(env_);
  ASSERT_EQ(queue_begin(env_, queue, command), Status::Ok);
  const u32 sending = alloc(env_);
  frame_pin(sending);
  env_end(env_, EndReason::Exit, 0);
  for (u32 i = 0; i < 50; i++) ASSERT_EQ(env_reap_step(env_), Status::Again);
  ASSERT_EQ(queue_completed(queue, 0), Status::Ok);
  EXPECT_EQ(reap_all(env_), Status::Busy);  // its queue is the system-call layer's to close
  ASSERT_EQ(queue_close(env_, queue), Status::Ok);
  EXPECT_EQ(reap_all(env_), Status::Busy);  // a packet is in the card
  frame_unpin(sending);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  expect_gone();
}

TEST_F(Reap, ChildrenFirst) {
  ASSERT_EQ(cap_grant(0, 70, env_, 1, kAllRights), Status::Ok);  // may create out of its own quota
  EnvQuota quota = small_quota(50);
  quota[Resource::Caps] = 40;
  const u16 child = env_create(env_, 1, 2, quota).value();
  ASSERT_EQ(cap_grant(env_, 2, child, 1, kAllRights), Status::Ok);
  const u16 grandchild = env_create(child, 1, 2, small_quota(10)).value();
  alloc(grandchild);
  env_end(env_, EndReason::Exit, 0);
  EXPECT_EQ(env_reap_step(env_), Status::Busy);
  EXPECT_EQ(env_reap_first(env_), grandchild);
  EXPECT_EQ(env_reap_step(grandchild), Status::Busy);  // alive
  env_end(grandchild, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(grandchild), Status::Ok);
  EXPECT_EQ(envs[child].quota[0], 50u);
  EXPECT_EQ(env_reap_first(env_), child);
  env_end(child, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(child), Status::Ok);
  EXPECT_EQ(env_reap_first(env_), env_);
  EXPECT_EQ(reap_all(env_), Status::Ok);
  expect_gone();
}

TEST_F(Reap, AnEmbryoToo) {
  const u16 embryo = make_env(71, 20);
  make_space(embryo);
  env_end(embryo, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(embryo), Status::Ok);
  EXPECT_EQ(make_env(71, 20), embryo);  // the number is free again
}

}  // namespace test
