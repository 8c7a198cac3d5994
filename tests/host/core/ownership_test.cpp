// SPDX-License-Identifier: MIT
// The ownership table in memory: where free blocks are found, what an update changes, what is refused.
#include "ownership_fixture.hpp"

namespace test {
namespace {

TEST_F(Ownership, NearestFreeBlocks) {
  EXPECT_EQ(allocate(10), kFirstOwned);  // nothing lies before the table's own pages
  EXPECT_EQ(allocate(10, 5000), 5000u);
  EXPECT_EQ(allocate(10, 5000), 4990u);  // as near as 5010
  EXPECT_EQ(allocate(10, 5000), 5010u);
  EXPECT_EQ(allocate(10, 5009), 5020u);
  EXPECT_EQ(allocate(10, ~0ul), kTableStart + kTableBlocks - 10);
  EXPECT_EQ(allocate(kTableBlocks), 0u);
}

TEST_F(Ownership, GapsAreUsedToTheLastBlock) {
  for (u32 i = 0; i < 4; i++) ASSERT_EQ(allocate(100, 3000 + 100 * i), 3000u + 100 * i);
  ASSERT_EQ(release(3100, 100), Status::Ok);
  EXPECT_EQ(allocate(101, 3200), 3400u);
  EXPECT_EQ(allocate(60, 3100), 3100u);
  EXPECT_EQ(allocate(40, 3000), 2960u);  // 40 blocks away, where 3160 would be 160
  EXPECT_EQ(allocate(40, 3120), 3160u);
}

TEST_F(Ownership, OnlyWithinTheParent) {
  ExtentChange change;
  EXPECT_EQ(ownership_plan_allocate(table_, 2000, 2010, 0, 11, 1, 0, change), Status::NoSpace);
  EXPECT_EQ(ownership_plan_allocate(table_, 2000, 2010, 0, 10, 1, 0, change), Status::Ok);
  EXPECT_EQ(change.entry[0].start, 2000u);
  EXPECT_EQ(ownership_plan_allocate(table_, 0, kFirstOwned, 0, 1, 1, 0, change), Status::NoSpace);
  EXPECT_EQ(ownership_plan_allocate(table_, kTableStart + kTableBlocks, ~0ul, 0, 1, 1, 0, change),
            Status::NoSpace);
}

TEST_F(Ownership, OddArguments) {
  ExtentChange change;
  EXPECT_EQ(ownership_plan_allocate(table_, 0, ~0ul, 0, 0, 1, 0, change), Status::BadArgument);
  EXPECT_EQ(ownership_plan_allocate(table_, 0, ~0ul, 0, 1, 0, 0, change), Status::BadArgument);
  EXPECT_EQ(ownership_plan_allocate(table_, 0, ~0ul, 0, ~0ul, 1, 0, change), Status::NoSpace);
  EXPECT_EQ(ownership_plan_allocate(1, 0, ~0ul, 0, 1, 1, 0, change), Status::NotFound);
  EXPECT_EQ(ownership_plan_allocate(kNone, 0, ~0ul, 0, 1, 1, 0, change), Status::NotFound);
  const u64 start = allocate(10, 3000);
  for (const auto& [from, count] : {std::pair{start - 1, 1ul},
                                    {start + 10, 1ul},
                                    {start, 11ul},
                                    {start + 5, 6ul},
                                    {start + 1, ~0ul},
                                    {0ul, ~0ul},
                                    {~0ul, 1ul}})
    EXPECT_EQ(release(from, count), Status::NotFound);
  EXPECT_EQ(release(start, 0), Status::BadArgument);
}

TEST_F(Ownership, ReleasedInParts) {
  const u64 start = allocate(100, 3000, 7);
  ASSERT_EQ(release(start, 10), Status::Ok);
  ASSERT_EQ(release(start + 90, 10), Status::Ok);
  EXPECT_EQ(extent_tables[table_].used, 1u);
  ASSERT_EQ(release(start + 50, 5), Status::Ok);
  EXPECT_EQ(extent_tables[table_].used, 2u);
  const ExtentEntry left = ownership_entry(table_, ownership_find(table_, 7, 0, 0).value());
  const ExtentEntry right = ownership_entry(table_, ownership_find(table_, 7, 0, 1).value());
  EXPECT_EQ(left.start, start + 10);
  EXPECT_EQ(left.blocks, 40u);
  EXPECT_EQ(right.start, start + 55);
  EXPECT_EQ(right.blocks, 35u);
  EXPECT_EQ(right.owner_low, 7u);
  EXPECT_EQ(ownership_find(table_, 7, 0, 2).status(), Status::NotFound);
  EXPECT_EQ(ownership_find(table_, 7, 1, 0).status(), Status::NotFound);
  ASSERT_EQ(release(left.start, 40), Status::Ok);
  ASSERT_EQ(release(right.start, 35), Status::Ok);
  EXPECT_EQ(extent_tables[table_].used, 0u);
}

TEST_F(Ownership, FullTable) {
  for (u32 i = 0; i < kExtentsPerTable; i++) ASSERT_NE(allocate(3), 0u);
  EXPECT_EQ(allocate(1), 0u);
  EXPECT_EQ(release(kFirstOwned + 1, 1), Status::NoSpace);  // would need a second entry
  EXPECT_EQ(release(kFirstOwned, 1), Status::Ok);
  EXPECT_EQ(release(kFirstOwned + 3, 3), Status::Ok);
  EXPECT_EQ(allocate(3, 0), kFirstOwned + 3);
  EXPECT_EQ(allocate(1, 0), 0u);  // a block is free, but no entry
}

TEST_F(Ownership, AGenerationThatWouldWrapIsRefused) {
  const u64 start = allocate(5);
  extent_tables[table_].generation[0] = ~0ul;
  EXPECT_EQ(allocate(1), 0u);
  EXPECT_EQ(release(start, 1), Status::NoSpace);
}

TEST_F(Ownership, OneTableToADisk) {
  EXPECT_EQ(ownership_begin(kDisk, kTableStart + 1, 5000).status(), Status::Occupied);
  EXPECT_EQ(ownership_begin(kCard, 0, 5000).status(), Status::NoDevice);
  EXPECT_EQ(ownership_begin(kMaxDevices, 0, 5000).status(), Status::NoDevice);
  EXPECT_EQ(ownership_begin(kDisk, kTableStart, kTableOwn).status(), Status::OutOfRange);
}

}  // namespace
}  // namespace test
