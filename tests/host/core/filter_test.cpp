// SPDX-License-Identifier: MIT
// Filter chains: they only narrow, they are counted, and they end with the last reference.
#include <vector>

#include "fixture.hpp"

namespace test {

class Filter : public Core {
 protected:
  // Accepts packets whose byte at `offset` is `value`.
  Status byte_is(u16 env, u32 source, u32 target, u32 offset, u32 value) {
    const BpfInsn code[] = {{0x30, 0, 0, offset}, {0x15, 0, 1, value}, {6, 0, 0, 1}, {6, 0, 0, 0}};
    return filter_derive(env, source, target, code, 4);
  }
  u32 filter_of(u32 slot) { return caps[slot].object; }
};

TEST_F(Filter, ChainsOnlyNarrow) {
  ASSERT_EQ(byte_is(0, kSlotReceive, 80, 0, 1), Status::Ok);
  ASSERT_EQ(byte_is(0, 80, 81, 1, 2), Status::Ok);
  const u8 both[] = {1, 2}, first[] = {1, 3}, second[] = {0, 2};
  EXPECT_TRUE(filter_accepts(filter_of(kSlotReceive), second, 2, 2));
  EXPECT_TRUE(filter_accepts(filter_of(80), first, 2, 2));
  EXPECT_TRUE(filter_accepts(filter_of(81), both, 2, 2));
  EXPECT_FALSE(filter_accepts(filter_of(81), first, 2, 2));
  EXPECT_FALSE(filter_accepts(filter_of(81), second, 2, 2));  // the parent's predicate
  EXPECT_FALSE(filter_accepts(filter_of(81), both, 1, 2));    // not captured
  EXPECT_EQ(filters[filter_of(81)].accepted, 1u);
  EXPECT_EQ(filters[filter_of(81)].rejected, 3u);
  EXPECT_EQ(filters[filter_of(81)].depth, 2);
  EXPECT_EQ(filters[filter_of(81)].device, kCard);
  EXPECT_EQ(caps[81].rights, kInvoke | kGrant);
  EXPECT_EQ(caps[81].type, CapType::Receive);
}

TEST_F(Filter, Errors) {
  const BpfInsn accept{6, 0, 0, 1};
  const BpfInsn endless{0x05, 0, 0, 0xffffffff};
  EXPECT_EQ(filter_derive(0, kSlotReceive, 80, &accept, 0), Status::BadArgument);
  EXPECT_EQ(filter_derive(0, kSlotReceive, 80, &accept, 65), Status::BadArgument);
  EXPECT_EQ(filter_derive(0, kSlotReceive, 80, &endless, 1), Status::BadProgram);
  EXPECT_EQ(filter_derive(0, kSlotDisk, 80, &accept, 1), Status::BadCap);
  EXPECT_EQ(filter_derive(0, 100, 80, &accept, 1), Status::BadCap);
  EXPECT_EQ(filter_derive(0, kSlotSend, kSlotSend, &accept, 1), Status::Occupied);
  EXPECT_EQ(filter_derive(0, kSlotSend, 128, &accept, 1), Status::BadArgument);
  EXPECT_EQ(filter_derive(0, kSlotSend, 80, &accept, 1), Status::Ok);
  EXPECT_EQ(caps[80].type, CapType::Send);
}

TEST_F(Filter, TheChainHasAnEnd) {
  u32 source = kSlotReceive;
  for (u32 i = 0; i < kMaxFilterDepth; i++) {
    ASSERT_EQ(byte_is(0, source, 80 + i, i, 1), Status::Ok);
    source = 80 + i;
  }
  EXPECT_EQ(byte_is(0, source, 90, 0, 1), Status::NoSpace);
  const u8 packet[] = {1, 1, 1, 1, 1, 1, 1, 1};
  const u8 wrong[] = {0, 1, 1, 1, 1, 1, 1, 1};  // only the outermost predicate refuses
  EXPECT_TRUE(filter_accepts(filter_of(source), packet, 8, 8));
  EXPECT_FALSE(filter_accepts(filter_of(source), wrong, 8, 8));
}

// Filters that only this test refers to: derived, and the capability dropped again.
class ManyFilters : public Filter {
 protected:
  std::vector<u32> made_;
  void keep() {
    made_.push_back(filter_of(80));
    filter_reference(made_.back());
    ASSERT_EQ(cap_drop(0, 80), Status::Ok);
  }
  void TearDown() override {
    for (u32 filter : made_) filter_unreference(filter);
    u32 live = 0;
    for (u32 i = 0; i < kMaxFilters; i++) live += filter_live(i);
    for (u32 i = 0; i < kMaxShapes; i++) live += shape_live(i);
    EXPECT_EQ(live, 3u);  // the card's two filters have one shape
    Filter::TearDown();
  }
};

TEST_F(ManyFilters, UsedUp) {
  for (u32 i = 0; i < kMaxFilters - 2; i++) {
    ASSERT_EQ(byte_is(0, kSlotReceive, 80, 0, i), Status::Ok);
    keep();
  }
  EXPECT_EQ(byte_is(0, kSlotReceive, 80, 0, 1), Status::NoSpace);
  EXPECT_EQ(shapes[filters[made_[0]].shape].references, kMaxFilters - 2);
}

// A filter that the quota allows never fails for want of a shape.
TEST_F(ManyFilters, AllOfDifferentShapes) {
  for (u32 i = 0; i < kMaxFilters - 2; i++) {
    ASSERT_EQ(byte_is(0, kSlotReceive, 80, i, 1), Status::Ok);  // looks at another byte each
    keep();
  }
  EXPECT_EQ(byte_is(0, kSlotReceive, 80, 0, 1), Status::NoSpace);
}

TEST_F(Filter, RevocationFreesThem) {
  const u16 env = make_env(70);
  ASSERT_EQ(env_quota(0, env, static_cast<u32>(Resource::Filters), quota_left(0, Resource::Filters)),
            Status::Ok);
  ASSERT_EQ(cap_grant(0, kSlotReceive, env, 1, kInvoke), Status::Ok);
  u32 made = 0;
  while (byte_is(env, 1, 2 + made, 0, 1) == Status::Ok) made++;
  EXPECT_EQ(made, kCapsPerEnv - 2);
  EXPECT_EQ(cap_revoke(0, kSlotReceive), Status::Again);
  EXPECT_EQ(revoke_all(0, kSlotReceive), Status::Ok);
  u32 live = 0;
  for (u32 i = 0; i < kMaxFilters; i++) live += filter_live(i);
  EXPECT_EQ(live, 2u);
}

TEST_F(Filter, AParentStaysAsLongAsItsChildren) {
  ASSERT_EQ(byte_is(0, kSlotReceive, 80, 0, 1), Status::Ok);
  ASSERT_EQ(byte_is(0, 80, 81, 1, 2), Status::Ok);
  const u32 parent = filter_of(80);
  const u32 child = filter_of(81);
  EXPECT_EQ(cap_drop(0, 80), Status::Busy);
  EXPECT_EQ(filters[parent].references, 2u);
  EXPECT_EQ(cap_drop(0, 81), Status::Ok);
  EXPECT_FALSE(filter_live(child));
  EXPECT_TRUE(filter_live(parent));
  EXPECT_EQ(cap_drop(0, 80), Status::Ok);
  EXPECT_FALSE(filter_live(parent));
}

}  // namespace test
