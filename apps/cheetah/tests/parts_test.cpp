// SPDX-License-Identifier: MIT
// Options, redirections, known requests, addresses and pools.
#include <gtest/gtest.h>

#include "apps/cheetah/addresses.hpp"
#include "apps/cheetah/known.hpp"
#include "apps/cheetah/options.hpp"
#include "apps/cheetah/pool.hpp"
#include "apps/cheetah/redirects.hpp"

namespace {

using namespace cheetah;

std::span<const u8> bytes(const std::string& text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

TEST(CheetahOptions, TakesWords) {
  Options options;
  EXPECT_EQ(options.take("  idle=7 per-address=20 sums=off  known=on "), "");
  EXPECT_EQ(options.timeouts.idle, 7'000'000'000u);
  EXPECT_EQ(options.per_address, 20u);
  EXPECT_FALSE(options.sums);
  EXPECT_TRUE(options.known);
  EXPECT_EQ(options.take(""), "");
}

TEST(CheetahOptions, NamesWhatItDoesNotKnow) {
  for (const char* bad :
       {"idle", "idle=", "idle=0", "idle=3601", "idle=-1", "idle=9999999", "sums=yes", "ahead=9", "x=1"}) {
    Options options;
    EXPECT_EQ(options.take(std::string("log=on ") + bad + " heads=on"), bad);
  }
}

TEST(CheetahRedirects, ReadsLines) {
  Redirects redirects;
  EXPECT_EQ(redirects.read("# comment\n\n/old /new 302\r\n/docs/*\t/d/\n/x https://example.org/ 308"), 0u);
  ASSERT_EQ(redirects.list().size(), 3u);
  std::string_view rest;
  const http::Redirect* to = http::find_redirect(redirects.list(), "/docs/a/b", rest);
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->to, "/d/");
  EXPECT_EQ(to->status, 301);
  EXPECT_EQ(rest, "a/b");
  EXPECT_EQ(http::find_redirect(redirects.list(), "/old", rest)->status, 302);
  EXPECT_EQ(http::find_redirect(redirects.list(), "/oldest", rest), nullptr);
}

TEST(CheetahRedirects, LeavesOutWhatItDoesNotUnderstand) {
  for (const char* bad : {"old /new", "/old", "/old /new 200", "/old /new 301 more", "/old /n\x01w"}) {
    Redirects redirects;
    EXPECT_EQ(redirects.read(std::string("/a /b\n") + bad + "\n/c /d"), 2u) << bad;
    EXPECT_EQ(redirects.list().size(), 2u);
  }
  Redirects many;
  std::string text;
  for (u32 i = 0; i <= kMaxRedirects; i++) text += "/a /b\n";
  EXPECT_EQ(many.read(text), kMaxRedirects + 1);
}

TEST(CheetahKnown, FindsTheSameBytesOnly) {
  const std::string text = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  auto known = std::make_unique<Known>();
  EXPECT_EQ(known->find(bytes(text)), nullptr);
  known->keep(bytes(text), 7, true, false);
  const KnownRequest* found = known->find(bytes(text));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->file, 7u);
  EXPECT_TRUE(found->keep_alive);
  for (std::size_t i = 0; i < text.size(); i++) {
    std::string other = text;
    other[i] ^= 1;
    EXPECT_EQ(known->find(bytes(other)), nullptr) << i;
    EXPECT_EQ(known->find(bytes(text.substr(0, i))), nullptr) << i;
  }
  EXPECT_EQ(known->find(bytes(text + text)), nullptr);
}

TEST(CheetahKnown, KeepsNothingTooLong) {
  auto known = std::make_unique<Known>();
  for (const std::size_t length : {std::size_t{0}, kKnownBytes + std::size_t{1}}) {
    known->keep(bytes(std::string(length, 'x')), 1, true, false);
    EXPECT_EQ(known->find(bytes(std::string(length, 'x'))), nullptr);
  }
  known->keep(bytes(std::string(kKnownBytes, 'x')), 1, true, false);
  EXPECT_NE(known->find(bytes(std::string(kKnownBytes, 'x'))), nullptr);
}

// Against a map, with so few places that they collide.
TEST(CheetahAddresses, CountsEachAddress) {
  auto addresses = std::make_unique<Addresses<16>>();
  std::map<u32, u32> model;
  u32 total = 0;
  unsigned seed = 1;
  for (int i = 0; i < 20000; i++) {
    seed = seed * 1664525 + 1013904223;
    const u32 who = seed >> 24 & 15;
    const net::IpAddress address(net::Address{0x0a000000 + who * 0x01010101});
    if ((seed >> 16 & 1) != 0 && total < 16) {
      const bool may = model[who] < 3;
      ASSERT_EQ(addresses->enter(address, 3), may) << i;
      model[who] += may ? 1 : 0;
      total += may ? 1 : 0;
    } else if (model[who] > 0) {
      addresses->leave(address);
      model[who]--;
      total--;
    }
  }
}

TEST(CheetahPool, HandsOutEachOnce) {
  int things[3] = {};
  Pool<int, 3> pool;
  pool.start(things);
  const u32 a = pool.take(), b = pool.take(), c = pool.take();
  EXPECT_EQ(a + b + c, 6u);
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.take(), 0u);
  pool.give_back(b);
  EXPECT_EQ(pool.take(), b);
  EXPECT_EQ(pool.in_use(), 3u);
}

}  // namespace
