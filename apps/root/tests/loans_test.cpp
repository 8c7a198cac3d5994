// SPDX-License-Identifier: MIT
#include "apps/root/loans.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using root::Loan;

std::vector<unsigned> shares(std::vector<unsigned> most, unsigned pool) {
  std::vector<Loan> loans;
  for (const unsigned m : most) loans.push_back({m, 77});
  root::share_fairly(loans, pool);
  std::vector<unsigned> result;
  for (const Loan& loan : loans) result.push_back(loan.share);
  return result;
}

using Shares = std::vector<unsigned>;

TEST(Loans, OneAloneGetsAllItMayHave) {
  EXPECT_EQ(shares({100}, 60), Shares({60}));
  EXPECT_EQ(shares({100}, 500), Shares({100}));
}

TEST(Loans, EqualsGetTheSame) { EXPECT_EQ(shares({100, 100, 100}, 60), Shares({20, 20, 20})); }

TEST(Loans, WhatTheSmallDoNotWantGoesToTheOthers) {
  EXPECT_EQ(shares({10, 100, 100}, 110), Shares({10, 50, 50}));
  EXPECT_EQ(shares({10, 40, 100}, 120), Shares({10, 40, 70}));
}

TEST(Loans, NobodyThereAndNothingThere) {
  EXPECT_EQ(shares({}, 10), Shares({}));
  EXPECT_EQ(shares({5, 5}, 0), Shares({0, 0}));
  EXPECT_EQ(shares({0, 5}, 3), Shares({0, 3}));
}

TEST(Loans, IsMaxMinFair) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; i++) {
    std::vector<unsigned> most(random() % 8 + 1);
    for (unsigned& m : most) m = random() % 50;
    const unsigned pool = random() % 200;
    const Shares got = shares(most, pool);
    unsigned total = 0, hungry = 0;
    for (size_t a = 0; a < got.size(); a++) {
      total += got[a];
      ASSERT_LE(got[a], most[a]);
      if (got[a] == most[a]) continue;
      hungry++;
      for (const unsigned other : got) ASSERT_LE(other, got[a]);
    }
    ASSERT_LE(total, pool);
    if (hungry != 0) {
      ASSERT_LT(pool - total, hungry);  // only what does not divide is left
    }
  }
}

}  // namespace
