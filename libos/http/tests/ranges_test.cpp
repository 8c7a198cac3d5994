// SPDX-License-Identifier: MIT
#include "http/ranges.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace http {
namespace {

std::string select(std::string_view field, u64 length) {
  RangeRequest request;
  request.reset();
  request.take(field);
  Selection selection;
  request.select(length, selection);
  if (selection.kind == Selection::Kind::Whole) return "whole";
  if (selection.kind == Selection::Kind::Unsatisfied) return "unsatisfied";
  std::string text;
  for (u32 i = 0; i < selection.count; i++) {
    if (i > 0) text += " ";
    text += std::to_string(selection.ranges[i].first) + "-" + std::to_string(selection.ranges[i].last);
  }
  return text;
}

TEST(Ranges, ExamplesOfRfc9110) {
  EXPECT_EQ(select("bytes=0-499", 10000), "0-499");
  EXPECT_EQ(select("bytes=500-999", 10000), "500-999");
  EXPECT_EQ(select("bytes=-500", 10000), "9500-9999");
  EXPECT_EQ(select("bytes=9500-", 10000), "9500-9999");
  EXPECT_EQ(select("bytes=0-0,-1", 10000), "0-0 9999-9999");
  EXPECT_EQ(select("bytes= 0-999, 4500-5499, -1000", 10000), "0-999 4500-5499 9000-9999");
  EXPECT_EQ(select("bytes=500-600,601-999", 10000), "500-999") << "adjacent";
  EXPECT_EQ(select("bytes=500-700,601-999", 10000), "500-999") << "overlapping";
}

TEST(Ranges, EndOfTheFile) {
  EXPECT_EQ(select("bytes=0-", 1), "0-0");
  EXPECT_EQ(select("bytes=5-100", 10), "5-9");
  EXPECT_EQ(select("bytes=-100", 10), "0-9");
  EXPECT_EQ(select("bytes=10-", 10), "unsatisfied");
  EXPECT_EQ(select("bytes=10-20,30-40", 10), "unsatisfied");
  EXPECT_EQ(select("bytes=10-20,3-4", 10), "3-4");
  EXPECT_EQ(select("bytes=-0", 10), "unsatisfied");
  EXPECT_EQ(select("bytes=0-5", 0), "whole") << "of nothing";
  EXPECT_EQ(select("bytes=99999999999999999999999-", 10), "unsatisfied");
  EXPECT_EQ(select("bytes=0-99999999999999999999999", 10), "0-9");
}

TEST(Ranges, WhatIsIgnored) {
  for (const char* bad : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=1", "lines=1-2",
                          "bytes=1-2-3", "bytes=1-2;3-4", "bytes 1-2", "bytes=1 -2", "bytes=0-1,x"})
    EXPECT_EQ(select(bad, 10), "whole") << bad;
  EXPECT_EQ(select("BYTES=1-2", 10), "1-2");
  EXPECT_EQ(select("bytes=,1-2, ,", 10), "1-2") << "empty elements";
  EXPECT_EQ(select("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14", 100).size(), 37u) << "eight";
  EXPECT_EQ(select("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 100), "whole") << "nine are too many";
}

TEST(Ranges, TwoFieldsAreNone) {
  RangeRequest request;
  request.reset();
  request.take("bytes=0-1");
  request.take("bytes=0-1");
  EXPECT_FALSE(request.present());
}

TEST(Ranges, TheBytesAskedForAndNoneTwice) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; round++) {
    const u64 length = 1 + random() % 30;
    std::vector<bool> wanted(length);
    std::string field = "bytes=";
    for (u32 i = 1 + random() % kMaxRanges; i-- > 0;) {
      const u64 first = random() % 32, last = first + random() % 8;
      field += std::to_string(first) + "-" + std::to_string(last) + (i > 0 ? "," : "");
      for (u64 at = first; at <= last && at < length; at++) wanted[at] = true;
    }
    RangeRequest request;
    request.reset();
    request.take(field);
    Selection selection;
    request.select(length, selection);
    std::vector<bool> given(length);
    for (u32 i = 0; i < selection.count; i++)
      for (u64 at = selection.ranges[i].first; at <= selection.ranges[i].last; at++) {
        ASSERT_FALSE(given.at(at)) << field;
        given.at(at) = true;
      }
    ASSERT_EQ(given, wanted) << field;
    for (u32 i = 0; i < selection.count; i++)
      for (u32 j = 0; j < selection.count; j++)
        ASSERT_NE(selection.ranges[i].last + 1, selection.ranges[j].first) << field << ": adjacent";
  }
}

}  // namespace
}  // namespace http
