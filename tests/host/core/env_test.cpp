// SPDX-License-Identifier: MIT
// Environments: creation, quota, configuration, start and end.
#include <cstring>

#include "fixture.hpp"

namespace test {

class Env : public Core {
 protected:
  u16 env_ = 0;
  Space space_{};
  EnvConfig config_{};
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70);
    space_ = make_space(env_);
    config_ = make_config(env_, space_);
  }
};

TEST_F(Env, CreateMovesQuotaAndMakesCapabilities) {
  const u32 quota = envs[0].quota[0];
  const auto made = env_create(0, kSlotSelf, 71, usual_quota(100));
  ASSERT_TRUE(made.ok());
  const EnvEntry& e = envs[made.value()];
  EXPECT_EQ(e.state, EnvState::Embryo);
  EXPECT_EQ(frame_quota(e), 100u);
  EXPECT_EQ(e.parent, 0);
  EXPECT_EQ(e.root_table, kNone);
  EXPECT_EQ(envs[0].quota[0], quota - 100);
  EXPECT_EQ(env_target(0, 71, kAllRights).value(), made.value());
  EXPECT_TRUE(env_is_creator(0, 71));
  EXPECT_EQ(env_target(made.value(), kSlotSelf, kControl).value(), made.value());
  EXPECT_EQ(env_target(made.value(), kSlotSelf, kCreate).status(), Status::Denied);
  EXPECT_EQ(env_target(made.value(), kSlotSelf, kGrant).status(), Status::Denied);
}

TEST_F(Env, CreateErrors) {
  EXPECT_EQ(env_create(0, kSlotDisk, 71, usual_quota(1)).status(), Status::BadCap);
  EXPECT_EQ(env_create(env_, kSlotSelf, 71, usual_quota(1)).status(), Status::Denied);
  EXPECT_EQ(env_create(0, kSlotSelf, 70, usual_quota(1)).status(), Status::Occupied);
  EXPECT_EQ(env_create(0, kSlotSelf, 128, usual_quota(1)).status(), Status::BadArgument);
  EXPECT_EQ(env_create(0, kSlotSelf, 71, usual_quota(envs[0].quota[0] + 1)).status(), Status::Quota);
  alloc(0);
  EXPECT_EQ(env_create(0, kSlotSelf, 71, usual_quota(envs[0].quota[0])).status(),
            Status::Quota);  // one is in use
  EXPECT_EQ(env_create(0, kSlotSelf, 71, usual_quota(0xffffffff)).status(), Status::Quota);
}

TEST_F(Env, CreateUntilNoneIsLeft) {
  ASSERT_EQ(cap_grant(0, kSlotSelf, env_, 1, kAllRights), Status::Ok);  // env_ makes some for itself
  u32 made = 2;
  for (u32 slot = 1; slot < kCapsPerEnv; slot++) {
    if (cap_slot_free(0, slot) != Status::Ok) continue;
    if (env_create(0, kSlotSelf, slot, small_quota(1)).ok()) made++;
  }
  for (u32 slot = 2; slot < kCapsPerEnv && made < kMaxEnvs; slot++)
    if (env_create(env_, 1, slot, small_quota(1)).ok()) made++;
  EXPECT_EQ(made, kMaxEnvs);
  EXPECT_EQ(env_create(env_, 1, 127, small_quota(1)).status(), Status::NoSpace);
}

TEST_F(Env, QuotaMoves) {
  const u16 other = make_env(71, 10);
  EXPECT_EQ(env_quota(env_, other, 0, 64), Status::Quota);  // six are in use
  EXPECT_EQ(env_quota(env_, other, 0, 58), Status::Ok);
  EXPECT_EQ(envs[env_].quota[0], 6u);
  EXPECT_EQ(envs[other].quota[0], 68u);
  EXPECT_EQ(env_quota(other, other, 0, 68), Status::Ok);
  EXPECT_EQ(envs[other].quota[0], 68u);
  EXPECT_EQ(env_quota(other, env_, 0, 0xffffffff), Status::Quota);
}

TEST_F(Env, ConfigureBooksItsFrames) {
  ASSERT_EQ(env_configure(env_, config_), Status::Ok);
  EXPECT_EQ(envs[env_].root_table, space_.top);
  EXPECT_STREQ(envs[env_].name, "web");
  EXPECT_EQ(frames[config_.upcall_frame].pins, 1u);
  EXPECT_EQ(frames[config_.save_frame].type, FrameType::Kernel);
  EXPECT_EQ(frames[space_.top].maps, 1u);
  EXPECT_EQ(env_private[env_].upcall_frame, config_.upcall_frame);
  EXPECT_EQ(env_private[env_].save_frame, config_.save_frame);
  EXPECT_EQ(env_configure(env_, config_), Status::Busy);
  EXPECT_EQ(frame_free(env_, config_.upcall_frame), Status::Busy);
  EXPECT_EQ(frame_free(env_, config_.save_frame), Status::Denied);
}

TEST_F(Env, ConfigurePinsTheNoticeFrame) {
  config_.notice_frame = alloc(env_);
  config_.entry_notice = 0x400000;
  config_.accept_slot = kCapsPerEnv - 1;
  ASSERT_EQ(env_configure(env_, config_), Status::Ok);
  EXPECT_EQ(env_private[env_].notice_frame, config_.notice_frame);
  EXPECT_EQ(frames[config_.notice_frame].pins, 1u);
  EXPECT_STREQ(check_invariants(), nullptr);
  env_end(env_, EndReason::Exit, 0);
  while (env_reap_step(env_) == Status::Again) flush_all();
  EXPECT_EQ(envs[env_].state, EnvState::Unused);
  EXPECT_EQ(frames[config_.notice_frame].pins, 0u);
}

TEST_F(Env, ConfigureFrameErrors) {
  const EnvConfig good = config_;
  const auto refused = [&](Status status) {
    EXPECT_EQ(env_configure(env_, config_), status);
    EXPECT_EQ(frames[good.save_frame].type, FrameType::Data);
    EXPECT_EQ(frames[good.upcall_frame].pins, 0u);
    config_ = good;
  };
  const u32 foreign = alloc(make_env(71));
  config_.root_table = space_.third;
  refused(Status::Denied);
  config_.root_table = good.upcall_frame;
  refused(Status::Denied);
  config_.root_table = kNone;
  refused(Status::Denied);
  config_.upcall_frame = foreign;
  refused(Status::Denied);
  config_.upcall_frame = space_.first;
  refused(Status::Denied);
  config_.save_frame = foreign;
  refused(Status::Denied);
  config_.save_frame = config_.upcall_frame;
  refused(Status::Denied);
  for (u32 bad : {foreign, space_.first, good.upcall_frame, good.save_frame, kNone - 1}) {
    config_.notice_frame = bad;
    refused(Status::Denied);
  }
  frame_pin(good.save_frame);
  refused(Status::Busy);
  frame_unpin(good.save_frame);
  hold_translations(0, ledger_header.clock);
  ASSERT_EQ(page_set(env_, space_.first, 0, good.save_frame, kNone, kRead), Status::Ok);
  refused(Status::Busy);
  ASSERT_EQ(page_clear(env_, space_.first, 0), Status::Ok);
  refused(Status::Again);
  flush_all();
  EXPECT_EQ(env_configure(env_, config_), Status::Ok);
}

TEST_F(Env, ConfigureAddressAndNameErrors) {
  const EnvConfig good = config_;
  const auto refused = [&] {
    EXPECT_EQ(env_configure(env_, config_), Status::BadArgument);
    config_ = good;
  };
  u64 EnvConfig::*const addresses[] = {
      &EnvConfig::entry_begin,  &EnvConfig::entry_end,   &EnvConfig::entry_fault,
      &EnvConfig::entry_second, &EnvConfig::entry_call,  &EnvConfig::stack,
      &EnvConfig::call_stack,   &EnvConfig::upcall_page, &EnvConfig::entry_notice};
  for (const auto address : addresses) {
    for (u64 bad : {kUserEnd, 0x800000000000ul, 0xffffffff80000000ul, ~0ul & ~0xffful}) {
      config_.*address = bad;
      refused();
    }
  }
  config_.entry_begin = 0;
  refused();
  config_.upcall_page = 0;
  refused();
  config_.upcall_page = 0x3008;
  refused();
  config_.reserved = 1;
  refused();
  for (u32 bad : {kSlotSelf, kCapsPerEnv, kNone - 1}) {
    config_.accept_slot = bad;
    refused();
  }
  std::memset(config_.name, 'x', sizeof config_.name);  // no end
  refused();
  config_.name[0] = 0;
  refused();
  config_.name[1] = '\n';
  refused();
  config_.name[1] = static_cast<char>(0x7f);
  refused();
  config_.argument = ~0ul;  // anything goes
  std::memcpy(config_.name, "a~\0garbage", 11);
  EXPECT_EQ(env_configure(env_, config_), Status::Ok);
  EXPECT_EQ(std::memcmp(envs[env_].name, "a~\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), 0);
}

TEST_F(Env, StartNeedsAConfiguredEmbryo) {
  EXPECT_EQ(env_start(env_), Status::Busy);
  ASSERT_EQ(env_configure(env_, config_), Status::Ok);
  EXPECT_EQ(env_start(env_), Status::Ok);
  EXPECT_EQ(envs[env_].state, EnvState::Ready);
  EXPECT_EQ(env_start(env_), Status::Busy);
}

TEST_F(Env, PeerAnswersLikeTarget) {
  ASSERT_EQ(cap_grant(0, 70, env_, 5, kInvoke), Status::Ok);
  for (u32 slot = 0; slot < kCapsPerEnv + 2; slot++) {
    for (const u8 rights : {kInvoke, kControl, kAllRights}) {
      const auto peer = env_peer(env_, slot, rights);
      const auto target = env_target(env_, slot, rights);
      EXPECT_EQ(peer.status(), target.status()) << slot;
      if (peer.ok()) {
        EXPECT_EQ(peer.value(), target.value());
      }
    }
  }
  EXPECT_EQ(env_peer(env_, 1ul << 32 | 5, kInvoke).status(), Status::BadArgument);
  EXPECT_EQ(env_peer(env_, kNone, kInvoke).status(), Status::BadCap);
}

TEST_F(Env, TheDeadAreGone) {
  env_end(env_, EndReason::Fault, 14);
  EXPECT_EQ(envs[env_].state, EnvState::Dead);
  EXPECT_EQ(envs[env_].end_reason, EndReason::Fault);
  EXPECT_EQ(envs[env_].exit_code, 14u);
  EXPECT_EQ(env_target(0, 70, kControl).status(), Status::Gone);
  EXPECT_EQ(env_target_any(0, 70, kControl).value(), env_);
  EXPECT_EQ(env_target(0, 100, kControl).status(), Status::BadCap);
}

}  // namespace test
