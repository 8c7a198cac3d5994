// SPDX-License-Identifier: MIT
#include "http/encoding.hpp"

#include <gtest/gtest.h>

namespace http {
namespace {

constexpr u8 kBoth = bit_of(Encoding::Gzip) | bit_of(Encoding::Brotli);

std::string_view choose(std::string_view field, u8 available = kBoth) {
  AcceptEncoding accept;
  accept.reset();
  accept.take(field);
  const std::string_view name = name_of(accept.choose(available));
  return name.empty() ? "identity" : name;
}

TEST(AcceptEncoding, WhatIsBest) {
  EXPECT_EQ(choose("gzip, deflate, br, zstd"), "br");
  EXPECT_EQ(choose("gzip, deflate"), "gzip");
  EXPECT_EQ(choose("br;q=0.5, gzip"), "gzip");
  EXPECT_EQ(choose("GZip;q=0.5,\tBR ; q=0.500"), "br");
  EXPECT_EQ(choose("x-gzip"), "gzip");
  EXPECT_EQ(choose("deflate"), "identity");
  EXPECT_EQ(choose(""), "identity");
  EXPECT_EQ(choose("br, gzip", bit_of(Encoding::Gzip)), "gzip");
  EXPECT_EQ(choose("br, gzip", 0), "identity");
}

TEST(AcceptEncoding, WeightsAndStars) {
  EXPECT_EQ(choose("gzip;q=0"), "identity");
  EXPECT_EQ(choose("*"), "br");
  EXPECT_EQ(choose("*, br;q=0"), "gzip");
  EXPECT_EQ(choose("*;q=0"), "identity") << "rather than nothing";
  EXPECT_EQ(choose("identity;q=0, *;q=0.1"), "br");
  EXPECT_EQ(choose("identity, gzip;q=0.9"), "identity") << "it says that it would rather";
  EXPECT_EQ(choose("identity;q=0.5, gzip;q=0.9"), "gzip");
  EXPECT_EQ(choose("gzip;q=0.001"), "gzip");
  for (const char* bad : {"gzip;q=2", "gzip;q=1.001", "gzip;q=", "gzip;q=.5", "gzip;q=0.0001", "gzip;q=-1"})
    EXPECT_EQ(choose(bad), "identity") << bad;
}

TEST(AcceptEncoding, NobodyAsked) {
  AcceptEncoding accept;
  accept.reset();
  EXPECT_EQ(accept.choose(kBoth), Encoding::Identity);
  accept.take("gzip");
  accept.take("br");
  EXPECT_EQ(accept.choose(kBoth), Encoding::Brotli) << "two fields are one list";
}

}  // namespace
}  // namespace http
