// SPDX-License-Identifier: MIT
// Conditions and what they decide together with ranges (RFC 9110, 13), through the parser.
#include <gtest/gtest.h>

#include <string>

#include "http/decision.hpp"

namespace http {
namespace {

constexpr Validators kCurrent{0x00112233445566aa, 784111777};
const std::string kOurs = "\"00112233445566aa\"", kOther = "\"00112233445566ab\"";
const std::string kThen = "Sun, 06 Nov 1994 08:49:37 GMT", kBefore = "Sun, 06 Nov 1994 08:49:36 GMT",
                  kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

u16 status(const std::string& fields, const Validators& current = kCurrent, const char* method = "GET") {
  const std::string text = std::string(method) + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  Parser parser;
  parser.reset();
  parser.feed({reinterpret_cast<const u8*>(text.data()), text.size()});
  EXPECT_TRUE(parser.done()) << text;
  Decision decision;
  decide(parser, current, 1000, decision);
  return decision.status;
}
std::string field(const std::string& name, const std::string& value) { return name + ": " + value + "\r\n"; }

TEST(Conditions, IfNoneMatch) {
  EXPECT_EQ(status(field("If-None-Match", kOurs)), 304);
  EXPECT_EQ(status(field("If-None-Match", kOther)), 200);
  EXPECT_EQ(status(field("If-None-Match", "W/" + kOurs)), 304) << "compared weakly";
  EXPECT_EQ(status(field("If-None-Match", "*")), 304);
  EXPECT_EQ(status(field("If-None-Match", "\"a,b\", W/\"\" ,, " + kOurs)), 304);
  EXPECT_EQ(status(field("If-None-Match", kOther) + field("if-none-match", kOurs)), 304);
  EXPECT_EQ(status(field("If-None-Match", "\"00112233445566AA\"")), 200) << "case counts";
  EXPECT_EQ(status(field("If-None-Match", "00112233445566aa")), 200) << "no quotes";
  EXPECT_EQ(status(field("If-None-Match", kOurs), {0, 0}), 200) << "it has no tag";
  EXPECT_EQ(status(field("If-None-Match", "\"0000000000000000\""), {0, 0}), 200);
  EXPECT_EQ(status(field("If-None-Match", kOurs), kCurrent, "HEAD"), 304);
}

TEST(Conditions, IfMatch) {
  EXPECT_EQ(status(field("If-Match", kOurs)), 200);
  EXPECT_EQ(status(field("If-Match", kOther)), 412);
  EXPECT_EQ(status(field("If-Match", "W/" + kOurs)), 412) << "compared strongly";
  EXPECT_EQ(status(field("If-Match", "*")), 200);
  EXPECT_EQ(status(field("If-Match", kOther + "," + kOurs)), 200);
}

TEST(Conditions, Dates) {
  EXPECT_EQ(status(field("If-Modified-Since", kThen)), 304);
  EXPECT_EQ(status(field("If-Modified-Since", kAfter)), 304);
  EXPECT_EQ(status(field("If-Modified-Since", kBefore)), 200);
  EXPECT_EQ(status(field("If-Modified-Since", "yesterday")), 200);
  EXPECT_EQ(status(field("If-Modified-Since", kThen), {1, 0}), 200) << "nobody knows";
  EXPECT_EQ(status(field("If-Unmodified-Since", kThen)), 200);
  EXPECT_EQ(status(field("If-Unmodified-Since", kBefore)), 412);
  EXPECT_EQ(status(field("If-Unmodified-Since", "never")), 200);
  EXPECT_EQ(status(field("If-Unmodified-Since", kBefore), {1, 0}), 200);
}

TEST(Conditions, Precedence) {
  EXPECT_EQ(status(field("If-None-Match", kOther) + field("If-Modified-Since", kThen)), 200);
  EXPECT_EQ(status(field("If-None-Match", kOurs) + field("If-Modified-Since", kBefore)), 304);
  EXPECT_EQ(status(field("If-Match", kOurs) + field("If-Unmodified-Since", kBefore)), 200);
  EXPECT_EQ(status(field("If-Match", kOther) + field("If-None-Match", kOurs)), 412);
  EXPECT_EQ(status(field("If-Match", kOurs) + field("If-None-Match", kOurs)), 304);
  EXPECT_EQ(status(field("If-Unmodified-Since", kBefore) + field("If-None-Match", kOurs)), 412);
  EXPECT_EQ(status(field("If-None-Match", kOurs) + field("Range", "bytes=5000-")), 304) << "ranges come last";
}

TEST(Conditions, Ranges) {
  EXPECT_EQ(status(field("Range", "bytes=0-1")), 206);
  EXPECT_EQ(status(field("Range", "bytes=1000-")), 416);
  EXPECT_EQ(status(field("Range", "bytes=1-0")), 200);
  EXPECT_EQ(status(field("Range", "bytes=0-1"), kCurrent, "HEAD"), 200) << "defined for GET only";
}

TEST(Conditions, IfRange) {
  const std::string range = field("Range", "bytes=0-1");
  EXPECT_EQ(status(range + field("If-Range", kOurs)), 206);
  EXPECT_EQ(status(range + field("If-Range", kOther)), 200);
  EXPECT_EQ(status(range + field("If-Range", "W/" + kOurs)), 200) << "compared strongly";
  EXPECT_EQ(status(range + field("If-Range", kThen)), 206);
  EXPECT_EQ(status(range + field("If-Range", kAfter)), 200) << "exactly";
  EXPECT_EQ(status(range + field("If-Range", "nonsense")), 200);
  EXPECT_EQ(status(range + field("If-Range", kOurs) + field("If-Range", kOurs)), 200);
  EXPECT_EQ(status(field("Range", "bytes=1000-") + field("If-Range", kOther)), 200) << "no 416 either";
  EXPECT_EQ(status(field("If-Range", kOurs)), 200);
}

TEST(Conditions, ManyTags) {
  std::string list;
  for (u32 i = 0; i < kMaxTags; i++) list += kOther + ",";
  EXPECT_EQ(status(field("If-None-Match", list + kOurs)), 200) << "beyond what is kept: sent in full";
}

}  // namespace
}  // namespace http
