// SPDX-License-Identifier: MIT
// The timer wheel and the TIME-WAIT table, against models of them.
#include "tcp/wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tcp/time_wait.hpp"

namespace tcp {
namespace {

struct Timed : TimerLink {
  u64 wanted = kForever;
};

// Random deadlines near and far, moved and cleared: each goes off once, never early, and at the latest with
// the first advance that is a tick behind it; next() never lets one be missed.
TEST(WheelModel, NothingIsEarlyNothingIsForgotten) {
  for (u32 seed = 0; seed < 20; seed++) {
    std::mt19937_64 random(seed);
    std::vector<Timed> timers(200);
    Wheel wheel;
    u64 now = random() % (1000 * net::kSecond);
    wheel.start(now);
    u64 fired = 0;
    for (int step = 0; step < 3000; step++) {
      Timed& t = timers[random() % timers.size()];
      const u64 reach = u64{1} << random() % 52;
      if (random() % 5 == 0) {
        wheel.clear(t);
        t.wanted = kForever;
      } else {
        t.wanted = now + 1 + random() % reach;
        wheel.set(t, t.wanted);
      }
      u64 first = kForever;
      for (const Timed& each : timers) first = std::min(first, each.wanted);
      ASSERT_LE(wheel.next(), first == kForever ? kForever : first + Wheel::kTick);
      now += random() % 3 == 0 ? random() % reach : random() % (20 * net::kMillisecond);
      wheel.advance(now, [&](TimerLink& link) {
        auto& due = static_cast<Timed&>(link);
        ASSERT_LE(due.wanted, now) << "early";
        due.wanted = kForever;
        fired++;
      });
      for (const Timed& each : timers)
        ASSERT_TRUE(each.wanted == kForever || each.wanted + Wheel::kTick > now);
    }
    EXPECT_GT(fired, 100u);
  }
}

TEST(WheelModel, SleepingUntilNextAlwaysGetsThere) {
  Wheel wheel;
  wheel.start(0);
  Timed far{};
  wheel.set(far, 300ul * 24 * 3600 * net::kSecond);
  u64 now = 0;
  int wakes = 0;
  for (bool done = false; !done; wakes++) {
    ASSERT_GT(wheel.next(), now);
    now = wheel.next();
    wheel.advance(now, [&](TimerLink&) { done = true; });
  }
  EXPECT_EQ(now, 300ul * 24 * 3600 * net::kSecond);
  EXPECT_LT(wakes, 100);
  EXPECT_EQ(wheel.next(), kForever);
}

TEST(TimeWaitModel, FindsExpiresAndDisplaces) {
  std::vector<Waiting> records(10);
  std::vector<u32> buckets(4);
  TimeWait table;
  table.start(records, buckets, {1, 2});
  std::mt19937 random(4);
  std::map<u16, u64> model;  // port to end
  std::vector<u16> order;
  u64 now = 0;
  const auto flow = [](u16 port) {
    return Flow{net::address(1, 2, 3, 4), net::address(5, 6, 7, 8), port, 80};
  };
  for (int step = 0; step < 5000; step++) {
    now += random() % 5;
    while (!order.empty() && model[order.front()] <= now) {
      model.erase(order.front());
      order.erase(order.begin());
    }
    const u16 port = static_cast<u16>(random() % 30);
    Waiting* found = table.find(now, flow(port));
    ASSERT_EQ(found != nullptr, model.contains(port));
    if (found == nullptr) {
      if (model.size() == records.size()) {
        model.erase(order.front());
        order.erase(order.begin());
      }
      table.add(now, flow(port), now + 60);
    } else if (random() % 2 == 0) {
      std::erase(order, port);
      table.renew(*found, now + 60);
    } else {
      std::erase(order, port);
      model.erase(port);
      table.remove(*found);
      continue;
    }
    model[port] = now + 60;
    order.push_back(port);
  }
  table.expire(now + 60);
  EXPECT_EQ(table.count(), 0u);
}

}  // namespace
}  // namespace tcp
