// SPDX-License-Identifier: MIT
// Family env: what the scheduler is told, and reaping with devices and children in the way.
#include "machine.hpp"

namespace test {

TEST_F(Syscall, ALifeFromCreateToReap) {
  const SysResult made = call_as(0, Call::env_create, {kSlotSelf, 80, put(small_quota(50))});
  ASSERT_EQ(made.status, Status::Ok);
  const u16 env = static_cast<u16>(made.value);
  const Space space = make_space(env);
  const EnvConfig config = make_config(env, space);
  EXPECT_EQ(call_as(0, Call::env_start, {80}).status, Status::Busy);
  EXPECT_EQ(call_as(0, Call::env_configure, {80, kUserBase + 4}).status, Status::BadArgument);
  EXPECT_EQ(call_as(0, Call::env_configure, {80, 0}).status, Status::BadAddress);
  EXPECT_TRUE(machine.configured.empty() || machine.configured.back() != env);
  EXPECT_EQ(call_as(0, Call::env_configure, {80, put(config)}).status, Status::Ok);
  EXPECT_EQ(machine.configured, std::vector<u16>{env});
  EXPECT_EQ(call_as(0, Call::env_configure, {80, put(config)}).status, Status::Busy);
  EXPECT_EQ(call_as(0, Call::env_start, {80}).status, Status::Ok);
  EXPECT_EQ(machine.ready, std::vector<u16>{env});
  EXPECT_EQ(call_as(0, Call::env_quota, {80, 0, 7}).status, Status::Ok);
  EXPECT_EQ(envs[env].quota[0], 57u);
  EXPECT_EQ(call_as(0, Call::env_reap, {80}).status, Status::Busy);
  EXPECT_EQ(call_as(0, Call::env_destroy, {80}).status, Status::Ok);
  EXPECT_EQ(machine.stopped, std::vector<u16>{env});
  EXPECT_EQ(call_as(0, Call::env_destroy, {80}).status, Status::Gone);
  EXPECT_EQ(call_as(0, Call::env_start, {80}).status, Status::Gone);
  EXPECT_EQ(call_as(0, Call::env_configure, {80, put(config)}).status, Status::Gone);
  EXPECT_EQ(call_as(0, Call::env_quota, {80, 0, 1}).status, Status::Gone);
  SysResult reaped;
  do reaped = call_as(0, Call::env_reap, {80});
  while (reaped.status == Status::Again);
  EXPECT_EQ(reaped.status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::env_reap, {80}).status, Status::BadCap);
}

TEST_F(Syscall, EnvErrors) {
  EXPECT_EQ(call(Call::env_destroy, {kSlotSelf}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::env_destroy, {kSlotSelf}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::env_reap, {kSlotSelf}).status, Status::Busy);
  EXPECT_EQ(call(Call::env_create, {kSlotSelf, 9, put(small_quota(1))}).status, Status::Denied);
  ASSERT_EQ(cap_grant(0, 70, 0, 81, kAllRights), Status::Ok);
  ASSERT_EQ(cap_grant(0, 70, 0, 82, kInvoke), Status::Ok);
  for (Call number : {Call::env_destroy, Call::env_start, Call::env_reap})
    EXPECT_EQ(call_as(0, number, {82}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::env_destroy, {81}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::env_reap, {81}).status, Status::Denied);  // not the creator's own
}

TEST_F(Syscall, ReapTakesChildrenAlong) {
  ASSERT_EQ(cap_grant(0, 70, env_, 1, kAllRights), Status::Ok);
  const SysResult made = call(Call::env_create, {1, 2, put(small_quota(20))});
  ASSERT_EQ(made.status, Status::Ok);
  const u16 child = static_cast<u16>(made.value);
  alloc(child);
  ASSERT_EQ(call_as(0, Call::env_destroy, {70}).status, Status::Ok);
  SysResult reaped;
  u32 calls = 0;
  do reaped = call_as(0, Call::env_reap, {70});
  while (reaped.status == Status::Again && ++calls < 100);
  EXPECT_EQ(reaped.status, Status::Ok);
  EXPECT_EQ(machine.stopped, (std::vector<u16>{env_, child}));
  EXPECT_EQ(envs[child].state, EnvState::Unused);
  EXPECT_EQ(envs[0].quota[0], kTotal);
}

TEST_F(Syscall, ReapClosesQueues) {
  ASSERT_EQ(cap_grant(0, kSlotDisk, env_, 5, kRead), Status::Ok);
  std::vector<u32> list(kDiskQueueFrames);
  for (u32& frame : list) frame = alloc(env_);
  const SysResult queue = call(Call::disk_queue_open, {5, put(list)});
  ASSERT_EQ(queue.status, Status::Ok);
  // Its own mapping of the ring goes first, then the queue.
  ASSERT_EQ(page_set(env_, space_.first, 0, list[0], kNone, kRead), Status::Ok);
  hold_translations(0, 0);
  ASSERT_EQ(call_as(0, Call::env_destroy, {70}).status, Status::Ok);
  SysResult reaped;
  u32 calls = 0;
  do reaped = call_as(0, Call::env_reap, {70});
  while ((reaped.status == Status::Again || reaped.status == Status::Busy) && ++calls < 100);
  EXPECT_EQ(reaped.status, Status::Ok);
  EXPECT_EQ(machine.closed, std::vector<u32>{static_cast<u32>(queue.value)});
}

// The upcall goes to whom the core has written something, and to nobody else.
TEST_F(Syscall, DemandsRaiseNotices) {
  EnvQuota quota = small_quota(50);
  quota[Resource::Wired] = 20;
  const u16 env = static_cast<u16>(call_as(0, Call::env_create, {kSlotSelf, 80, put(quota)}).value);
  EnvConfig config = make_config(env, make_space(env));
  config.notice_frame = alloc(env);
  ASSERT_EQ(call_as(0, Call::env_configure, {80, put(config)}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::env_reclaim, {kSlotSelf, 0, 1, 0}).status, Status::Denied);
  EXPECT_EQ(call_as(0, Call::env_repossess, {kSlotSelf}).status, Status::Denied);
  EXPECT_EQ(call(Call::env_reclaim, {80, 0, 1, 0}).status, Status::BadCap);
  EXPECT_EQ(call_as(0, Call::env_reclaim, {80, 0, 31, 0}).status, Status::Quota);
  EXPECT_TRUE(machine.noticed.empty());
  EXPECT_EQ(call_as(0, Call::env_reclaim, {80, 0, 30, kForever}).status, Status::Ok);
  EXPECT_EQ(machine.noticed, std::vector<u16>{env});
  EXPECT_EQ(call_as(0, Call::env_repossess, {80}).status, Status::Ok);  // it had not used it
  EXPECT_EQ(machine.noticed, (std::vector<u16>{env, env}));
  ASSERT_EQ(call_as(0, Call::cap_grant, {kSlotConsole, 80, 5, kWrite}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::cap_warn, {kSlotConsole, 1, kNone}).status, Status::Ok);
  EXPECT_EQ(call_as(0, Call::cap_revoke, {kSlotConsole}).status, Status::Ok);
  EXPECT_EQ(machine.noticed, (std::vector<u16>{env, env, env, env}));
}

}  // namespace test
