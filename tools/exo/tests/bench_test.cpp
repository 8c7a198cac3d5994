// SPDX-License-Identifier: MIT
// What a bench's two runs say, put together; and the verdicts of its table.
#include "bench_results.hpp"
#include "bench_table.hpp"
#include "error.hpp"

namespace exo {
namespace {

constexpr const char* kConsole =
    "root| something\r\nbench| row call ops 2 samples 3 count all ns 40 20 60\r\n"
    "bench| row receive-packet ops 1 samples 1 count kernel ns 7 7 7\r\nbench| done 2\r\n";
// IDs as in base/marker.hpp: 1 row, 2 begin, 3 end.
constexpr const char* kCounts =
    "1 0 0\n2 10 100\n3 20 1000\n2 30 1000\n3 36 1700\n2 40 2000\n3 50 2900\n"
    "1 50 3000\n2 60 3000\n3 900 3050\n";

TEST(BenchResults, MedianPerOperation) {
  const BenchOutcome outcome = read_bench(kConsole, kCounts, kConsole);
  ASSERT_EQ(outcome.rows.size(), 2u);
  const BenchRow& call = outcome.rows[0];
  EXPECT_EQ(call.name, "call");
  EXPECT_EQ(call.user.middle, 5);
  EXPECT_EQ(call.kernel.middle, 450);
  EXPECT_EQ(call.all.middle, 455);
  EXPECT_EQ(call.all.low, 353);
  EXPECT_EQ(call.nanoseconds.middle, 20);
}

TEST(BenchResults, WaitingIsNotCounted) {
  const BenchRow row = read_bench(kConsole, kCounts, kConsole).rows.at(1);
  EXPECT_EQ(row.all.middle, 50);
  EXPECT_EQ(row.user.middle, 0);
}

TEST(BenchResults, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(read_bench(kConsole, "1 0 0\n2 0 0\n3 1 1\n", kConsole), Error);
  EXPECT_THROW(read_bench("bench| row call ops 1 samples 1 count all ns 1 1 1\n", kCounts, kConsole), Error);
  EXPECT_THROW(read_bench("bench| row call ops x samples 1\nbench| done 1\n", kCounts, kConsole), Error);
}

TEST(BenchResults, FailuresAreNamed) {
  const std::string failed = "bench| failed disk Busy\r\nbench| done 1\r\n";
  const BenchOutcome outcome = read_bench(failed, "", failed);
  ASSERT_EQ(outcome.failures.size(), 2u);
  EXPECT_EQ(outcome.failures[0], "disk Busy");
}

BenchRow row(const char* name, double all) {
  BenchRow result;
  result.name = name;
  result.all.middle = all;
  return result;
}

TEST(BenchTable, MissedTargetsAreShown) {
  EXPECT_NE(bench_table({row("call", 400)}).find("at most 400: reached"), std::string::npos);
  EXPECT_NE(bench_table({row("call", 800)}).find("**MISSED**, 2.0 times"), std::string::npos);
  EXPECT_EQ(bench_table({row("null", 800)}).find("at most"), std::string::npos);
}

TEST(BenchTable, SomeAreComparedWithOthers) {
  const std::string good = bench_table({row("filter-packet-1", 100), row("filter-packet-1000", 199)});
  EXPECT_NE(good.find("at most 200: reached"), std::string::npos);
  const std::string bad = bench_table({row("filter-packet-1", 100), row("filter-packet-1000", 300)});
  EXPECT_NE(bad.find("**MISSED**"), std::string::npos);
  EXPECT_EQ(bench_table({row("filter-packet-1000", 300)}).find("reached"), std::string::npos);
}

TEST(BenchTable, WhatIsMissingIsNamed) {
  EXPECT_NE(bench_gaps({row("call", 1)}).find("`filter-packet-1000`"), std::string::npos);
  EXPECT_EQ(bench_gaps({row("call", 1)}).find("`call`"), std::string::npos);
}

}  // namespace
}  // namespace exo
