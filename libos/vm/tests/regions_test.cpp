// SPDX-License-Identifier: MIT
#include "vm/regions.hpp"

#include <gtest/gtest.h>

namespace {

using vm::Kind;
using vm::Regions;

TEST(Regions, FirstFitWithGuards) {
  Regions r;
  const auto a = r.add(10, Kind::Plain).value();
  const auto b = r.add(5, Kind::DemandZero).value();
  const auto c = r.add(1, Kind::Plain).value();
  EXPECT_EQ(a, vm::kFirstPage);
  EXPECT_EQ(b, a + 11);
  EXPECT_EQ(c, b + 6);
  EXPECT_EQ(r.find(a + 10), nullptr);
  EXPECT_EQ(r.find(b + 4)->kind, Kind::DemandZero);
  EXPECT_EQ(r.remove(b), base::Status::Ok);
  EXPECT_EQ(r.remove(b), base::Status::BadArgument);
  EXPECT_EQ(r.add(6, Kind::Plain).value(), c + 2);  // does not fit into the gap
  EXPECT_EQ(r.add(5, Kind::Plain).value(), b);      // does
}

TEST(Regions, Limits) {
  Regions r;
  EXPECT_EQ(r.add(0, Kind::Plain).status(), base::Status::BadArgument);
  EXPECT_EQ(r.add(vm::kWindowPages, Kind::Plain).status(), base::Status::NoSpace);
  EXPECT_EQ(r.add(~0ul, Kind::Plain).status(), base::Status::NoSpace);
  EXPECT_TRUE(r.add(vm::kWindowPages - vm::kFirstPage - 1, Kind::Plain).ok());
  EXPECT_EQ(r.add(1, Kind::Plain).status(), base::Status::NoSpace);
}

TEST(Regions, TableFull) {
  Regions r;
  for (vm::u32 i = 0; i < Regions::kMost; i++) EXPECT_TRUE(r.add(1, Kind::Plain).ok());
  EXPECT_EQ(r.add(1, Kind::Plain).status(), base::Status::NoSpace);
}

}  // namespace
