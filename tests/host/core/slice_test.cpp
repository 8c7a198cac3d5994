// SPDX-License-Identifier: MIT
// Slices: positions within the capability, on its CPU, all or nothing, and back when it is revoked.
// Idle time in its order.
#include "fixture.hpp"
#include "kernel/core/idle.hpp"

namespace test {

class Slice : public Core {
 protected:
  u16 env_ = 0;
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70);
    cap_boot(kSecond, CapType::Slices, 2, 0, kSlicePositions, kInvoke | kGrant);
    ASSERT_EQ(cap_derive(0, kSlotSlices, kPart, kInvoke, 10, 20), Status::Ok);
    ASSERT_EQ(cap_derive(0, kSlotSlices, kWeak, kGrant, 10, 20), Status::Ok);
  }
  void TearDown() override { EXPECT_STREQ(check_invariants(), nullptr); }
  static Status claim(u16 target, std::initializer_list<SliceClaim> claims) {
    return slice_claim(0, target, claims.begin(), static_cast<u32>(claims.size()));
  }
  static u64 held(u32 cpu, u16 env) {
    u64 mask = 0;
    for (u32 p = 0; p < kSlicePositions; p++)
      if (cpus[cpu].slices[p] == env) mask |= 1ul << p;
    return mask;
  }
  static constexpr u32 kPart = 80, kWeak = 81, kSecond = 82;
};

TEST_F(Slice, Masks) {
  EXPECT_EQ(slice_mask(0, 64), ~0ul);
  EXPECT_EQ(slice_mask(63, 1), 1ul << 63);
  EXPECT_EQ(slice_mask(10, 2), 3ul << 10);
  EXPECT_EQ(slice_mask(10, 55), 0u);
  EXPECT_EQ(slice_mask(64, 1), 0u);
  EXPECT_EQ(slice_mask(0, 0), 0u);
  EXPECT_EQ(slice_mask(~0ul, 2), 0u);
}

TEST_F(Slice, AssignsWithinTheRange) {
  EXPECT_EQ(slice_assign(0, kPart, env_, 10, 20), Status::Ok);
  EXPECT_EQ(held(1, env_), slice_mask(10, 20));
  EXPECT_EQ(held(0, env_), 0u);
  EXPECT_EQ(caps[kPart].uses, 20u);
  EXPECT_EQ(slice_assign(0, kPart, kNoEnv, 12, 1), Status::Ok);
  EXPECT_EQ(caps[kPart].uses, 19u);
  EXPECT_EQ(slice_assign(0, kPart, env_, 9, 1), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, kPart, env_, 29, 2), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, kPart, env_, 30, 1), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, kPart, env_, 0xffffffff, 2), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, kPart, env_, 10, 0xffffffff), Status::OutOfRange);
  EXPECT_EQ(slice_assign(0, kPart, env_, 10, 0), Status::BadArgument);
  EXPECT_EQ(slice_assign(0, kWeak, env_, 10, 1), Status::Denied);
  EXPECT_EQ(slice_assign(0, 90, env_, 10, 1), Status::BadCap);
  EXPECT_EQ(slice_assign(0, kSlotDisk, env_, 10, 1), Status::BadCap);
  EXPECT_EQ(slice_assign(0, kSlotSlices, 0, 12, 1), Status::Ok);
  EXPECT_EQ(slice_assign(0, kSlotSlices, 0, 11, 1), Status::Occupied);  // stands on the other one
  slice_forget(env_);
  EXPECT_EQ(held(1, env_), 0u);
  EXPECT_EQ(caps[kPart].uses, 0u);
}

TEST_F(Slice, ClaimsOnSeveralCpusAllOrNothing) {
  const u64 gang = 0x0000000f00000000;
  ASSERT_EQ(claim(env_, {{gang, kSlotSlices, 0}, {gang, kSecond, 0}}), Status::Ok);
  EXPECT_EQ(held(1, env_), gang);
  EXPECT_EQ(held(2, env_), gang);
  const u16 other = make_env(71);
  ASSERT_EQ(slice_assign(0, kPart, other, 10, 1), Status::Ok);
  const u64 mask = 1ul << 10 | 1;
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {mask, kSlotSlices, 0}}), Status::Occupied);
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {mask, kPart, 0}}), Status::OutOfRange);
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {1, kWeak, 0}}), Status::Denied);
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {1, 90, 0}}), Status::BadCap);
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {0, kSlotSlices, 0}}), Status::BadArgument);
  EXPECT_EQ(claim(0, {{mask, kSecond, 0}, {1, kSlotSlices, 1}}), Status::BadArgument);
  EXPECT_EQ(claim(0, {{1, kSlotSlices, 0}, {mask, kSecond, 0}, {3, kSlotSlices, 0}}), Status::BadArgument);
  EXPECT_EQ(claim(0, {{1ul << 20, kSlotSlices, 0}, {1ul << 20, kPart, 0}}), Status::BadArgument);
  EXPECT_EQ(held(1, 0), 0u);  // nothing of it was done
  EXPECT_EQ(held(2, 0), 0u);
  EXPECT_EQ(slice_claim(0, 0, nullptr, 0), Status::BadArgument);
  EXPECT_EQ(slice_claim(0, 0, nullptr, kMaxCpus + 1), Status::BadArgument);
  EXPECT_EQ(claim(other, {{gang, kSecond, 0}}), Status::Ok);  // the same capability: it moves
  EXPECT_EQ(held(2, other), gang);
  EXPECT_EQ(claim(kNoEnv, {{~0ul, kSecond, 0}}), Status::Ok);
  EXPECT_EQ(held(2, kNoEnv), ~0ul);
  EXPECT_EQ(caps[kSecond].uses, 0u);
}

TEST_F(Slice, RevocationFreesPositionsAndRequests) {
  ASSERT_EQ(cap_grant(0, kSlotSlices, env_, 5, kInvoke), Status::Ok);
  ASSERT_EQ(slice_assign(env_, 5, env_, 0, 8), Status::Ok);
  ASSERT_EQ(slice_idle(env_, 5, env_, 3), Status::Ok);
  ASSERT_EQ(slice_assign(0, kSlotSlices, 0, 8, 8), Status::Ok);
  EXPECT_EQ(caps[cap_index(env_, 5)].uses, 9u);
  EXPECT_EQ(cap_drop(env_, 5), Status::Busy);
  while (cap_revoke(0, kSlotSlices) == Status::Again) {
  }
  EXPECT_EQ(held(1, env_), 0u);
  EXPECT_EQ(held(1, 0), slice_mask(8, 8));  // on the capability itself, which stays
  EXPECT_EQ(idle_first(1, 0), kNoShare);
  EXPECT_EQ(caps[cap_index(env_, 5)].type, CapType::Null);
}

TEST_F(Slice, IdleRequests) {
  EXPECT_EQ(slice_idle(0, kSlotSlices, env_, kMaxIdleWeight + 1), Status::BadArgument);
  EXPECT_EQ(slice_idle(0, kWeak, env_, 1), Status::Denied);
  EXPECT_EQ(slice_idle(0, kSlotDisk, env_, 1), Status::BadCap);
  EXPECT_EQ(slice_idle(0, kSlotSlices, env_, 0), Status::Ok);
  EXPECT_EQ(idle_first(1, 0), kNoShare);
  EXPECT_EQ(slice_idle(0, kSlotSlices, env_, 1), Status::Ok);
  EXPECT_EQ(slice_idle(0, kSlotSlices, env_, 7), Status::Ok);
  EXPECT_EQ(caps[kSlotSlices].uses, 1u);
  EXPECT_EQ(slice_idle(0, kPart, env_, 1), Status::Occupied);
  EXPECT_EQ(slice_idle(0, kPart, env_, 0), Status::Occupied);
  EXPECT_EQ(cpus[1].idle[idle_first(1, 0)].weight, 7u);
  for (u16 i = 1; i < kMaxIdleShares; i++)
    ASSERT_EQ(slice_idle(0, kSlotSlices, static_cast<u16>(100 - i), 1), Status::Ok);
  EXPECT_EQ(slice_idle(0, kSlotSlices, 101, 1), Status::NoSpace);
  EXPECT_EQ(slice_idle(0, kSlotSlices, 99, 0), Status::Ok);
  EXPECT_EQ(slice_idle(0, kSlotSlices, 101, 1), Status::Ok);
}

TEST_F(Slice, IdleTimeGoesByWeight) {
  const u16 b = make_env(71), c = make_env(72);
  ASSERT_EQ(slice_idle(0, kSlotSlices, env_, 1), Status::Ok);
  ASSERT_EQ(slice_idle(0, kSlotSlices, b, 3), Status::Ok);
  u64 served[kMaxEnvs] = {};
  const auto turns = [&](u32 count) {
    for (u32 i = 0; i < count; i++) {
      const u32 at = idle_first(1, 0);
      served[cpus[1].idle[at].env] += 600;
      idle_charge(1, at, 600);
    }
  };
  turns(400);
  EXPECT_NEAR(static_cast<double>(served[b]) / static_cast<double>(served[env_]), 3.0, 0.1);
  ASSERT_EQ(slice_idle(0, kSlotSlices, c, 1), Status::Ok);  // late: no arrears
  served[env_] = served[b] = 0;
  turns(500);
  EXPECT_NEAR(static_cast<double>(served[c]) / static_cast<double>(served[env_]), 1.0, 0.1);
  EXPECT_NEAR(static_cast<double>(served[b]) / static_cast<double>(served[c]), 3.0, 0.2);
}

TEST_F(Slice, WhoSleptHasSavedNothingUp) {
  const u16 b = make_env(71);
  ASSERT_EQ(slice_idle(0, kSlotSlices, env_, 1), Status::Ok);
  ASSERT_EQ(slice_idle(0, kSlotSlices, b, 1), Status::Ok);
  const u32 first = idle_first(1, 0);
  const u32 second = idle_first(1, 1u << first);
  EXPECT_EQ(idle_first(1, 1u << first | 1u << second), kNoShare);
  for (u32 i = 0; i < 100; i++) idle_charge(1, second, 1000);  // the first one sleeps
  u32 turns = 0;
  for (u32 i = 0; i < 10; i++) {
    const u32 at = idle_first(1, 0);
    turns += at == first;
    idle_charge(1, at, 1000);
  }
  EXPECT_GE(turns, 5u);
  EXPECT_LE(turns, 6u);
}

}  // namespace test
