// SPDX-License-Identifier: MIT
// Congestion controls, the SACK scoreboard and cookies by themselves.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tcp/congestion/cubic.hpp"
#include "tcp/cookie.hpp"
#include "tcp/scoreboard.hpp"

namespace tcp {
namespace {

constexpr u32 kMss = 1000;

TEST(Congestion, InitialWindowOfRfc6928) {
  EXPECT_EQ(initial_window(536), 5360u);
  EXPECT_EQ(initial_window(1460), 14600u);
  EXPECT_EQ(initial_window(4000), 14600u);
  EXPECT_EQ(initial_window(9000), 18000u);
}

TEST(Congestion, NewRenoAddsASegmentForEachWindow) {
  NewReno reno{};
  reno.reset(kMss, 10 * kMss);
  reno.grow(0, 3 * kMss, 0);
  EXPECT_EQ(reno.window(), 13 * kMss) << "slow start: all that has arrived";
  reno.lost(0, 11 * kMss);
  EXPECT_EQ(reno.window(), 5500u);
  for (int i = 0; i < 6; i++) reno.grow(0, kMss, 0);
  EXPECT_EQ(reno.window(), 6500u);
  reno.timed_out(0, 6 * kMss);
  EXPECT_EQ(reno.window(), kMss);
  EXPECT_EQ(reno.threshold(), 3 * kMss);
}

// A receiver that acknowledges dozens of segments at once must not keep the window small (RFC 9406, 4.2).
template <class Control>
void expect_slow_start() {
  Control control{};
  control.reset(kMss, 10 * kMss);
  control.grow(0, 10 * kMss, 0);
  EXPECT_EQ(control.window(), 18 * kMss) << "eight segments for one acknowledgement";
  control.lost(0, 18 * kMss);
  const u32 threshold = control.threshold();
  control.timed_out(0, 18 * kMss);
  for (int i = 0; i < 20 && control.slow_start(); i++) control.grow(0, 8 * kMss, 0);
  EXPECT_EQ(control.window(), control.threshold()) << "and not beyond the threshold";
  EXPECT_LE(control.threshold(), threshold);
}

TEST(Congestion, SlowStartFollowsWhatArrives) {
  expect_slow_start<NewReno>();
  expect_slow_start<Cubic>();
}

TEST(Congestion, CubeRoot) {
  for (const u64 n : {0ul, 1ul, 2ul, 7ul, 99ul, 1000ul, 123456ul}) {
    EXPECT_EQ(cube_root(n * n * n), n);
    EXPECT_EQ(cube_root(n * n * n + (n + 1)), n + (n == 0 ? 1 : 0));
  }
}

// RFC 9438, (1) and (2), in floating point.
TEST(Congestion, CubicFollowsItsCurve) {
  Cubic cubic{};
  cubic.reset(kMss, 100 * kMss);
  cubic.lost(0, 100 * kMss);
  EXPECT_EQ(cubic.window(), 70 * kMss);
  u64 now = kSecond;
  cubic.grow(now, kMss, 0);  // the epoch begins
  const double k = std::cbrt(30 / 0.4);
  for (int ms = 0; ms < 12000; ms += 500) {
    const double t = ms / 1000.0 - k;
    EXPECT_NEAR(cubic.curve(static_cast<u64>(ms)), (0.4 * t * t * t + 100) * kMss, 2 * kMss) << ms;
  }
  // With a window each 100 ms it is back at the old maximum after K, and goes on.
  u64 reached = 0;
  for (u64 end = now + 8 * kSecond; now < end; now += 100 * kMillisecond) {
    for (u32 acked = 0; acked < cubic.window(); acked += kMss) cubic.grow(now, kMss, 100 * kMillisecond);
    if (reached == 0 && cubic.window() >= 99 * kMss) reached = now - kSecond;
  }
  EXPECT_GT(reached, 2 * kSecond);
  EXPECT_LT(reached, 6 * kSecond);
  EXPECT_GT(cubic.window(), 100 * kMss);
}

TEST(Congestion, CubicIsNotBelowNewRenoOnShortPaths) {
  Cubic cubic{};
  NewReno reno{};
  cubic.reset(kMss, 20 * kMss);
  reno.reset(kMss, 20 * kMss);
  cubic.lost(0, 20 * kMss);
  reno.lost(0, 20 * kMss);
  u64 now = kSecond;
  for (int round = 0; round < 300; round++, now += kMillisecond) {  // a round trip of one millisecond
    for (u32 acked = 0, all = cubic.window(); acked < all; acked += kMss) cubic.grow(now, kMss, kMillisecond);
    for (u32 acked = 0, all = reno.window(); acked < all; acked += kMss) reno.grow(now, kMss, kMillisecond);
  }
  EXPECT_GT(cubic.window(), reno.window() * 3 / 5) << "W_est (4.3)";
}

TEST(Congestion, CubicGivesWayFaster) {
  Cubic cubic{};
  cubic.reset(kMss, 100 * kMss);
  cubic.lost(0, 100 * kMss);
  cubic.lost(0, 70 * kMss);  // less than last time: the maximum is 85 % of it (4.7)
  cubic.grow(kSecond, kMss, 0);
  EXPECT_NEAR(cubic.curve(static_cast<u64>(std::cbrt((59.5 - 49) / 0.4) * 1000)), 59.5 * kMss, kMss);
}

// Against a set of bytes.
TEST(ScoreboardModel, KnowsWhatItWasTold) {
  for (u32 seed = 0; seed < 50; seed++) {
    std::mt19937 random(seed);
    Scoreboard<16> board;
    board.reset();
    const u32 start = 0u - random() % 2000;
    u32 una = 0;
    std::vector<bool> has(4000);
    for (int step = 0; step < 200; step++) {
      if (random() % 6 == 0) {
        una = std::min<u32>(una + random() % 200, 3800);
        board.acknowledge(start + una);
      } else {
        const u32 begin = una + 1 + random() % (3990 - una),
                  end = begin + 1 + random() % std::min(300u, 4000 - begin);
        u32 news = 0;
        for (u32 i = begin; i < end && i < 4000; i++) news += has[i] ? 0 : 1;
        ASSERT_EQ(board.add({start + begin, start + std::min(end, 4000u)}), news);
        for (u32 i = begin; i < end && i < 4000; i++) has[i] = true;
      }
      u32 ranges = 0, all = 0;
      for (u32 i = una; i < 4000; i++) {
        all += has[i] ? 1 : 0;
        ranges += has[i] && (i == una || !has[i - 1]) ? 1 : 0;
      }
      if (ranges > 12) break;  // what is forgotten then is another test's
      ASSERT_EQ(board.bytes({start + una, start + 4000}), all);
      const u32 from = una + random() % (4000 - una);
      u32 begin = from;
      while (begin < 4000 && has[begin]) begin++;
      u32 end = begin;
      while (end < 4000 && !has[end]) end++;
      ASSERT_EQ(board.hole(start + from, start + 4000), (Range{start + begin, start + end}));
    }
  }
}

TEST(ScoreboardModel, LossIsThreeRangesOrMoreThanTwoSegmentsAbove) {
  Scoreboard<16> board;
  board.reset();
  board.add({200, 210});
  board.add({300, 310});
  EXPECT_EQ(board.lost_before(100, 1000), 100u);
  board.add({400, 410});
  EXPECT_EQ(board.lost_before(100, 1000), 200u);
  board.reset();
  board.add({5000, 7000});
  EXPECT_EQ(board.lost_before(100, 1000), 100u) << "just two segments";
  board.add({7000, 7001});
  EXPECT_EQ(board.lost_before(100, 1000), 5000u);
}

TEST(ScoreboardModel, ForgetsTheLowestWhenItIsFull) {
  Scoreboard<4> board;
  board.reset();
  for (u32 i = 0; i < 6; i++) board.add({100 * i + 50, 100 * i + 60});
  EXPECT_EQ(board.bytes({0, 1000}), 40u);
  EXPECT_EQ(board.hole(0, 1000), (Range{0, 250}));
  EXPECT_EQ(board.add({10, 20}), 0u) << "lower than all: not worth a place";
}

TEST(Cookies, TellWhatTheyWereGivenForAWhile) {
  const Key key{3, 4};
  const Flow flow{net::address(1, 2, 3, 4), net::address(5, 6, 7, 8), 1000, 80};
  const u64 now = 10'000 * kSecond;
  for (const auto& [mss, told] :
       {std::pair{1460, 1460}, {1461, 1460}, {1459, 1440}, {100, 88}, {20, 88}, {9000, 1460}}) {
    const u32 cookie = make_cookie(key, now, flow, 77, static_cast<u16>(mss));
    EXPECT_EQ(read_cookie(key, now, flow, 77, cookie), told);
    EXPECT_EQ(read_cookie(key, now + kCookieTime, flow, 77, cookie), told);
    EXPECT_FALSE(read_cookie(key, now + 2 * kCookieTime, flow, 77, cookie));
    EXPECT_FALSE(read_cookie(key, now, flow, 78, cookie));
    EXPECT_FALSE(read_cookie({3, 5}, now, flow, 77, cookie));
    for (int bit = 0; bit < 32; bit++)
      EXPECT_FALSE(read_cookie(key, now, flow, 77, cookie ^ 1u << bit)) << bit;
  }
}

TEST(Cookies, TimestampsCarryOptionsAndNeverRunAhead) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; i++) {
    const u32 value = random();
    HeaderOptions theirs;
    theirs.scale = i % 16 == 15 ? kNoScale : static_cast<u8>(i % 15);
    theirs.sack_permitted = i % 2 == 0;
    const u32 stamped = cookie_timestamp(value, theirs);
    EXPECT_LE(value - stamped, 64u);
    const HeaderOptions back = from_cookie_timestamp(stamped);
    EXPECT_EQ(back.scale, theirs.scale);
    EXPECT_EQ(back.sack_permitted, theirs.sack_permitted);
  }
}

}  // namespace
}  // namespace tcp
