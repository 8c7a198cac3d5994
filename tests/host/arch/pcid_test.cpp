// SPDX-License-Identifier: MIT
// PcidCache beside a model of a CPU that keeps translations by identifier, as the SDM allows it to.
#include "kernel/arch/x86_64/pcid.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

using namespace abi;
using arch::PcidCache;

constexpr u64 kIdentifier = 0xfff;

// What a CPU may have cached: under each identifier, for which root, and the clock at the oldest.
class Tlb {
 public:
  struct Cached {
    u64 root, oldest;
  };
  // `value`: as written to CR3.
  void load(u64 value, u64 clock) {
    tag_ = value & kIdentifier;
    root_ = value & ~(PcidCache::kKeep | kIdentifier);
    if ((value & PcidCache::kKeep) == 0) cached_.erase(tag_);
    cached_.try_emplace(tag_, Cached{root_, clock});  // from now on it fills it
  }
  const Cached& usable() const { return cached_.at(tag_); }
  u64 root() const { return root_; }

 private:
  std::map<u64, Cached> cached_;
  u64 tag_ = 0, root_ = 0;
};

u64 root_of(u64 space) { return (space + 1) << 12; }

TEST(Pcid, KeepsWhatNobodyTookAway) {
  PcidCache cache{};
  const u64 first = cache.enter(root_of(0), 5);
  EXPECT_EQ(first & PcidCache::kKeep, 0u);
  EXPECT_EQ(cache.enter(root_of(1), 5) & PcidCache::kKeep, 0u);
  EXPECT_EQ(cache.enter(root_of(0), 5), first | PcidCache::kKeep);
  EXPECT_EQ(cache.enter(root_of(0), 6), first);  // something went in between
  EXPECT_EQ(cache.enter(root_of(0), 6), first | PcidCache::kKeep);
}

TEST(Pcid, FlushesWhatIsLoaded) {
  PcidCache cache{};
  const u64 first = cache.enter(root_of(0), 5);
  EXPECT_EQ(cache.flush(root_of(0), 5), first);
  EXPECT_EQ(cache.flush(root_of(0), 9), first);
  EXPECT_EQ(cache.enter(root_of(0), 9), first | PcidCache::kKeep);
}

TEST(Pcid, EveryIdentifierInTurn) {
  PcidCache cache{};
  for (u64 i = 0; i <= PcidCache::kCount; i++) EXPECT_EQ(cache.enter(root_of(i), 1) & PcidCache::kKeep, 0u);
  EXPECT_EQ(cache.enter(root_of(0), 1) & PcidCache::kKeep, 0u);  // the oldest had to go
  EXPECT_NE(cache.enter(root_of(PcidCache::kCount), 1) & PcidCache::kKeep, 0u);
}

// Whatever is entered, flushed and taken away: what the CPU can use belongs to the root that is loaded, and
// nothing of it was cached before the clock at which that root was loaded.
TEST(Pcid, NothingOldCanBeUsed) {
  std::mt19937_64 random(20261123);
  PcidCache cache{};
  Tlb tlb;
  u64 clock = 1, kept = 0;
  for (u32 step = 0; step < 200000; step++) {
    if (random() % 4 == 0) clock++;
    const bool flush = step > 0 && random() % 8 == 0;
    const u64 root = flush ? tlb.root() : root_of(random() % (PcidCache::kCount + 3));
    const u64 value = flush ? cache.flush(root, clock) : cache.enter(root, clock);
    ASSERT_NE(value & kIdentifier, 0u);
    ASSERT_LE(value & kIdentifier, PcidCache::kCount);
    kept += (value & PcidCache::kKeep) != 0;
    tlb.load(value, clock);
    ASSERT_EQ(tlb.usable().root, root);
    ASSERT_EQ(tlb.usable().oldest, clock);
  }
  EXPECT_GT(kept, 1000u);
}

}  // namespace
