// SPDX-License-Identifier: MIT
#include "http/date.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace http {
namespace {

TEST(ReadDate, TheThreeForms) {
  EXPECT_EQ(read_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777u);
  EXPECT_EQ(read_date("Sunday, 06-Nov-94 08:49:37 GMT", 1'700'000'000), 784111777u);
  EXPECT_EQ(read_date("Sun Nov  6 08:49:37 1994"), 784111777u);
  EXPECT_EQ(read_date("Thu, 01 Jan 1970 00:00:01 GMT"), 1u);
  EXPECT_EQ(read_date("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400u);
}

TEST(ReadDate, WhatIsWritten) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; i++) {
    const u64 seconds = 1 + random() % 253402300799;
    char buffer[kDateLength];
    base::Text text(buffer, sizeof buffer);
    write_date(text, seconds);
    ASSERT_EQ(text.size(), kDateLength);
    ASSERT_EQ(read_date({buffer, kDateLength}), seconds);
  }
}

TEST(ReadDate, WhatIsNone) {
  for (const char* bad :
       {"", "Sun", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT",
        "784111777"})
    EXPECT_EQ(read_date(bad), 0u) << bad;
}

TEST(DateClock, GivesTheTimeAsked) {
  DateClock clock{};
  EXPECT_EQ(std::string(clock.at(0), kDateLength), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(std::string(clock.at(784111777), kDateLength), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(std::string(clock.at(784111777), kDateLength), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace http
