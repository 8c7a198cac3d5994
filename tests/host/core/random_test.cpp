// SPDX-License-Identifier: MIT
// Long random sequences: after each stretch every invariant is checked from scratch, and after every
// step that no CPU translates to a frame that has changed hands.
#include "random_steps.hpp"

namespace test {

static void run_sequence(u32 seed) {
  boot();
  Steps steps(seed);
  for (u32 i = 0; i < 120'000; i++) {
    steps.step();
    ASSERT_EQ(steps.failure(), nullptr) << steps.failure() << " at step " << i << " of seed " << seed;
    if (const char* wrong = steps.tlb().check_frames(); wrong != nullptr)
      FAIL() << wrong << " at step " << i << " of seed " << seed;
    if (i % 64 != 0) continue;
    const char* wrong = check_invariants();
    ASSERT_EQ(wrong, nullptr) << wrong << " at step " << i << " of seed " << seed;
  }
  // Every kind of operation really happened.
  for (u32 kind = 0; kind < Steps::kKinds; kind++) EXPECT_GT(steps.succeeded(kind), 5u) << "kind " << kind;
}

TEST(CoreRandom, Seed1) { run_sequence(1); }
TEST(CoreRandom, Seed2) { run_sequence(2026); }
TEST(CoreRandom, Seed3) { run_sequence(0xe0); }

}  // namespace test
