// SPDX-License-Identifier: MIT
// Wakeup predicates: what is refused, what the program sees, and words that go away.
#include "kernel/core/wakeup.hpp"
#include "fixture.hpp"
#include "libos/core/include/core/wake.hpp"

namespace test {

class Wakeup : public Core {
 protected:
  static constexpr u64 kFirst = 3 * kPageSize + 16, kSecond = kFirst + 8;
  u16 env_ = 0;
  Space space_{};
  u32 page_ = 0;
  u64 base_ = 0;  // of the table `first`
  void SetUp() override {
    Core::SetUp();
    env_ = make_env(70);
    space_ = make_space(env_);
    page_ = alloc(env_);
    ASSERT_EQ(page_set(env_, space_.first, 3, page_, kNone, kRead), Status::Ok);
  }
  void set(u64 first, u64 second) {
    physmem[page_][2] = first;
    physmem[page_][3] = second;
  }
  Status check(const WakePredicate& p) const { return wakeup_check(space_.top, p); }
  bool due(const WakePredicate& p) const { return wakeup_due(space_.top, p); }
  static WakePredicate differs(u64 expected) {
    core::WakeWhen when;
    EXPECT_TRUE(when.differs_at(kFirst, expected));
    return when.predicate();
  }
};

TEST_F(Wakeup, DiffersInEitherHalf) {
  const WakePredicate p = differs(0x1122334455667788);
  ASSERT_EQ(check(p), Status::Ok);
  set(0x1122334455667788, 0);
  EXPECT_FALSE(due(p));
  for (u32 bit = 0; bit < 64; bit++) {
    set(0x1122334455667788 ^ 1ul << bit, 0);
    EXPECT_TRUE(due(p)) << bit;
  }
}

TEST_F(Wakeup, AtLeastComparesAllOfTheWord) {
  const u64 values[] = {0, 1, 0xffffffff, 0x100000000, 0x1ffffffff, 0x8000000000000000, ~0ul};
  for (const u64 limit : values) {
    core::WakeWhen when;
    ASSERT_TRUE(when.at_least_at(kSecond, limit));
    const WakePredicate p = when.predicate();
    ASSERT_EQ(check(p), Status::Ok);
    for (const u64 value : values) {
      set(0, value);
      EXPECT_EQ(due(p), value >= limit) << value << ' ' << limit;
    }
  }
}

TEST_F(Wakeup, AnyOfSeveral) {
  core::WakeWhen when;
  ASSERT_TRUE(when.differs_at(kFirst, 5));
  ASSERT_TRUE(when.at_least_at(kSecond, 9));
  const WakePredicate p = when.predicate();
  ASSERT_EQ(check(p), Status::Ok);
  set(5, 8);
  EXPECT_FALSE(due(p));
  set(6, 8);
  EXPECT_TRUE(due(p));
  set(5, 9);
  EXPECT_TRUE(due(p));
  for (u32 i = 2; i < 7; i++) EXPECT_TRUE(when.differs_at(kFirst, 5)) << i;
  EXPECT_FALSE(when.differs_at(kFirst, 5));  // no room
  EXPECT_EQ(check(when.predicate()), Status::Ok);
}

TEST_F(Wakeup, AWordThatIsUnmappedWakes) {
  const WakePredicate p = differs(0);
  set(0, 0);
  EXPECT_FALSE(due(p));
  ASSERT_EQ(page_clear(env_, space_.first, 3), Status::Ok);
  EXPECT_TRUE(due(p));
  EXPECT_EQ(check(p), Status::BadAddress);
}

TEST_F(Wakeup, WhatIsRefused) {
  const WakePredicate good = differs(0);
  const auto refused = [&](Status status, auto change) {
    WakePredicate p = good;
    change(p);
    EXPECT_EQ(check(p), status);
  };
  refused(Status::BadArgument, [](WakePredicate& p) { p.word_count = 0; });
  refused(Status::BadArgument, [](WakePredicate& p) { p.word_count = kMaxWakeWords + 1; });
  refused(Status::BadArgument, [](WakePredicate& p) { p.length = 0; });
  refused(Status::BadArgument, [](WakePredicate& p) { p.length = kMaxWakeInsns + 1; });
  refused(Status::BadArgument, [](WakePredicate& p) { p.words[0]++; });
  refused(Status::BadArgument, [](WakePredicate& p) { p.words[1] = kFirst; });  // behind the last
  refused(Status::BadAddress, [](WakePredicate& p) { p.words[0] += kPageSize; });
  refused(Status::BadAddress, [](WakePredicate& p) { p.words[0] = 0xffff800000000000; });
  refused(Status::BadAddress, [](WakePredicate& p) { p.words[0] = kUserEnd; });
  refused(Status::BadProgram, [](WakePredicate& p) { p.code[0].code = 0xffff; });
  refused(Status::BadProgram, [](WakePredicate& p) { p.code[1].jt = 40; });
  refused(Status::BadProgram, [](WakePredicate& p) { p.length = 2; });  // no return at the end
}

TEST_F(Wakeup, LoadsBehindTheWordsNeverWake) {
  WakePredicate p = differs(0);
  p.code[0] = {0x20, 0, 0, 8};  // ld [8]: there is one word
  p.code[1] = {0x16, 0, 0, 0};  // ret A
  p.length = 2;
  set(~0ul, ~0ul);
  ASSERT_EQ(check(p), Status::Ok);
  EXPECT_FALSE(due(p));
}

}  // namespace test
