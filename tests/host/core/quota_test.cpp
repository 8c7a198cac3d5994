// SPDX-License-Identifier: MIT
// Quotas: each resource is refused when it is used up, with nothing changed, and comes back.
#include "kernel/core/quota.hpp"
#include "fixture.hpp"

namespace test {

class Quotas : public Core {
 protected:
  u16 env_ = 0;
  void SetUp() override {
    Core::SetUp();
    EnvQuota q = small_quota(40);
    q[Resource::Caps] = 4;  // one is its slot 0
    q[Resource::Filters] = 2;
    q[Resource::Slices] = 5;
    q[Resource::Pins] = 4;
    q[Resource::Commands] = 2;
    q[Resource::Wired] = 10;
    env_ = env_create(0, kSlotSelf, 70, q).value();
  }
  u32 used(Resource r) { return used_of(envs[env_], r); }
};

TEST_F(Quotas, TheChildsComeOutOfTheParents) {
  EXPECT_EQ(quota_of(envs[0], Resource::Caps), kTotalCaps - 4);
  EXPECT_EQ(quota_of(envs[0], Resource::Filters), kTotalFilters - 2 - 2);  // the card's two are the kernel's
  EXPECT_EQ(quota_of(envs[0], Resource::Wired), kTotal - 10);
  EXPECT_EQ(used(Resource::Caps), 1u);
  for (u32 r = 0; r < kResources; r++) {
    const u32 all = quota_left(0, static_cast<Resource>(r));
    EXPECT_EQ(env_quota(0, env_, r, all + 1), Status::Quota) << r;
    EXPECT_EQ(env_quota(0, env_, r, all), Status::Ok) << r;
    EXPECT_EQ(env_quota(0, env_, r, 1), Status::Quota) << r;
    EXPECT_EQ(env_quota(env_, 0, r, all), Status::Ok) << r;
  }
  EXPECT_EQ(env_quota(0, env_, kResources, 1), Status::BadArgument);
  EXPECT_EQ(env_quota(0, env_, kNone, 0), Status::BadArgument);
}

TEST_F(Quotas, CreateNeedsAllOfIt) {
  ASSERT_EQ(cap_grant(0, 70, env_, 1, kAllRights), Status::Ok);
  for (u32 r = 0; r < kResources; r++) {
    EnvQuota q{};
    q[Resource::Caps] = 1;
    q[Resource::Frames] = 40;
    q.amount[r] = quota_left(env_, static_cast<Resource>(r)) + 1;
    EXPECT_FALSE(env_create(env_, 1, 2, q).ok()) << r;
  }
  EnvQuota q{};
  EXPECT_EQ(env_create(env_, 1, 2, q).status(), Status::Quota);  // no slot 0
  q[Resource::Caps] = 2;
  EXPECT_EQ(env_create(env_, 1, 2, q).status(), Status::Quota);  // its own new slot costs one as well
  q[Resource::Caps] = 1;
  q.reserved = 1;
  EXPECT_EQ(env_create(env_, 1, 2, q).status(), Status::BadArgument);
  q.reserved = 0;
  q[Resource::Wired] = 1;
  EXPECT_EQ(env_create(env_, 1, 2, q).status(), Status::BadArgument);  // of no frames
  q[Resource::Wired] = 0;
  const u16 child = env_create(env_, 1, 2, q).value();
  EXPECT_EQ(cap_grant(0, kSlotConsole, child, 1, kWrite), Status::Quota);
  env_end(child, EndReason::Destroyed, 0);
  EXPECT_EQ(reap_all(child), Status::Ok);
  EXPECT_EQ(quota_of(envs[env_], Resource::Caps), 4u);
}

TEST_F(Quotas, Capabilities) {
  for (u32 slot = 1; slot < 4; slot++)
    ASSERT_EQ(cap_grant(0, kSlotReceive, env_, slot, kInvoke | kGrant), Status::Ok);
  EXPECT_EQ(cap_grant(0, kSlotReceive, env_, 4, kInvoke), Status::Quota);
  EXPECT_EQ(cap_derive(env_, 1, 4, kInvoke, 0, 1), Status::Quota);
  EXPECT_EQ(cap_share(env_, 4, alloc(env_), 1, kRead), Status::Quota);
  const BpfInsn accept{6, 0, 0, 1};
  EXPECT_EQ(filter_derive(env_, 1, 4, &accept, 1), Status::Quota);
  EXPECT_EQ(used(Resource::Filters), 0u);
  EXPECT_EQ(cap_drop(env_, 2), Status::Ok);
  EXPECT_EQ(cap_derive(env_, 1, 4, kInvoke, 0, 1), Status::Ok);
  EXPECT_EQ(revoke_all(0, kSlotReceive), Status::Ok);
  EXPECT_EQ(used(Resource::Caps), 1u);
}

TEST_F(Quotas, Filters) {
  const BpfInsn accept{6, 0, 0, 1};
  ASSERT_EQ(cap_grant(0, kSlotReceive, env_, 1, kInvoke | kGrant), Status::Ok);
  ASSERT_EQ(filter_derive(env_, 1, 2, &accept, 1), Status::Ok);
  ASSERT_EQ(env_quota(0, env_, static_cast<u32>(Resource::Caps), 4), Status::Ok);
  ASSERT_EQ(filter_derive(env_, 2, 3, &accept, 1), Status::Ok);
  EXPECT_EQ(filter_derive(env_, 1, 4, &accept, 1), Status::Quota);
  EXPECT_EQ(cap_find(env_, 4, CapType::Receive, 0).status(), Status::BadCap);
  ASSERT_EQ(cap_drop(env_, 3), Status::Ok);
  EXPECT_EQ(used(Resource::Filters), 1u);
  EXPECT_EQ(filter_derive(env_, 1, 4, &accept, 1), Status::Ok);
}

TEST_F(Quotas, Slices) {
  EXPECT_EQ(slice_assign(0, kSlotSlices, env_, 0, 6), Status::Quota);
  for (u16 position : cpus[1].slices) EXPECT_EQ(position, kNoEnv);
  EXPECT_EQ(slice_assign(0, kSlotSlices, env_, 0, 5), Status::Ok);
  EXPECT_EQ(slice_assign(0, kSlotSlices, env_, 1, 4), Status::Ok);  // its own already
  EXPECT_EQ(slice_assign(0, kSlotSlices, env_, 1, 5), Status::Quota);
  EXPECT_EQ(slice_assign(0, kSlotSlices, kNoEnv, 0, 64), Status::Ok);
  EXPECT_EQ(used(Resource::Slices), 0u);
}

TEST_F(Quotas, PinsAndCommands) {
  ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 1, kRead), Status::Ok);
  u32 list[kDiskQueueFrames];
  for (u32& frame : list) frame = alloc(env_);
  const u32 queue = queue_open(env_, 1, list).value();
  DiskCommand c{};
  c.extent = 1;
  c.buffer_cap = kNone;
  c.blocks = 24;
  c.frame_count = 3;
  c.frames[0] = c.frames[1] = c.frames[2] = alloc(env_);
  EXPECT_EQ(queue_begin(env_, queue, c), Status::Ok);
  c.id = 1;
  EXPECT_EQ(queue_begin(env_, queue, c), Status::Quota);  // three more pins
  EXPECT_EQ(used(Resource::Commands), 1u);
  c.blocks = 8;
  c.frame_count = 1;
  EXPECT_EQ(queue_begin(env_, queue, c), Status::Ok);
  c.id = 2;
  c.op = DiskOp::Read;
  EXPECT_EQ(queue_begin(env_, queue, c), Status::Quota);
  EXPECT_EQ(used(Resource::Pins), 4u);
  BindConfig b{};
  ASSERT_EQ(cap_grant(0, kSlotReceive, env_, 2, kInvoke), Status::Ok);
  b.receive = 2;
  b.control = alloc(env_);
  b.frame_count = 1;
  b.frames[0] = alloc(env_);
  b.list_frame = alloc(env_);
  EXPECT_EQ(binding_open(env_, b).status(), Status::Quota);
  EXPECT_EQ(queue_completed(queue, 0), Status::Ok);
  queue_cancel(queue, 1);
  EXPECT_EQ(used(Resource::Pins), 0u);
  EXPECT_EQ(used(Resource::Commands), 0u);
  const auto binding = binding_open(env_, b);
  EXPECT_EQ(used(Resource::Pins), 2u);
  EXPECT_EQ(binding_close(env_, binding.value()), Status::Ok);
  EXPECT_EQ(used(Resource::Pins), 0u);
}

TEST_F(Quotas, InvariantsCountThemAgain) {
  const char* const wrong[] = {"EnvEntry::used of Frames is wrong",  "EnvEntry::used of Caps is wrong",
                               "EnvEntry::used of Filters is wrong", "EnvEntry::used of Slices is wrong",
                               "EnvEntry::used of Pins is wrong",    "EnvEntry::used of Commands is wrong",
                               "EnvEntry::used of Wired is not zero"};
  for (u32 r = 0; r < kResources; r++) {
    envs[env_].used[r]++;
    EXPECT_STREQ(check_invariants(), wrong[r]);
    envs[env_].used[r]--;
  }
  envs[9].quota[2] = 1;
  EXPECT_STREQ(check_invariants(), "an unused environment has resources or quota");
  envs[9].quota[2] = 0;
}

}  // namespace test
