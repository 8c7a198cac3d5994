// SPDX-License-Identifier: MIT
// Options, redirections, known requests, addresses, lists of connections, pools, exchanges of their own, and
// reading the log.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "apps/cheetah/addresses.hpp"
#include "apps/cheetah/exo/attachment.hpp"
#include "apps/cheetah/known.hpp"
#include "apps/cheetah/options.hpp"
#include "apps/cheetah/pool.hpp"
#include "apps/cheetah/redirects.hpp"
#include "apps/cheetah/slots.hpp"
#include "apps/common/access_log.hpp"

namespace {

using namespace cheetah;

std::span<const u8> bytes(const std::string& text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

TEST(CheetahOptions, TakesWords) {
  Options options;
  EXPECT_EQ(options.take("  idle=7 per-address=20 connections=10000 sums=off  known=on "), "");
  EXPECT_EQ(options.timeouts.idle, 7'000'000'000u);
  EXPECT_EQ(options.per_address, 20u);
  EXPECT_EQ(options.connections, 10000u);
  EXPECT_FALSE(options.sums);
  EXPECT_TRUE(options.known);
  EXPECT_EQ(options.take(""), "");
}

TEST(CheetahOptions, NamesWhatItDoesNotKnow) {
  for (const char* bad : {"idle", "idle=", "idle=0", "idle=3601", "idle=-1", "idle=9999999", "sums=yes",
                          "ahead=9", "x=1", "connections=15", "connections=16385"}) {
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
  known->keep(bytes(text), 7, true, false, 1);
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
    known->keep(bytes(std::string(length, 'x')), 1, true, false, 1);
    EXPECT_EQ(known->find(bytes(std::string(length, 'x'))), nullptr);
  }
  known->keep(bytes(std::string(kKnownBytes, 'x')), 1, true, false, 1);
  EXPECT_NE(known->find(bytes(std::string(kKnownBytes, 'x'))), nullptr);
}

// Against a map, with so few places that they collide.
TEST(CheetahAddresses, CountsEachAddress) {
  std::vector<AddressPlace> places(32);
  Addresses addresses;
  addresses.start(places);
  std::map<u32, u32> model;
  u32 total = 0;
  unsigned seed = 1;
  for (int i = 0; i < 20000; i++) {
    seed = seed * 1664525 + 1013904223;
    const u32 who = seed >> 24 & 15;
    const net::IpAddress address(net::Address{0x0a000000 + who * 0x01010101});
    if ((seed >> 16 & 1) != 0 && total < 16) {
      const bool may = model[who] < 3;
      ASSERT_EQ(addresses.enter(address, 3), may) << i;
      model[who] += may ? 1 : 0;
      total += may ? 1 : 0;
    } else if (model[who] > 0) {
      addresses.leave(address);
      model[who]--;
      total--;
    }
  }
}

struct Slots {
  Exchange& exchange(u32 slot) { return all[slot]; }
  std::vector<Exchange> all;
};

TEST(CheetahSlotList, KeepsItsOrder) {
  Slots slots{std::vector<Exchange>(5)};
  SlotList<&Exchange::waits> list;
  for (const u32 slot : {3u, 0u, 4u, 1u}) list.append(slots, slot);
  for (const u32 slot : {0u, 1u}) list.remove(slots, slot);
  list.append(slots, 2);
  for (const u32 slot : {3u, 4u, 2u}) {
    ASSERT_EQ(list.first(), slot);
    list.remove(slots, slot);
  }
  EXPECT_TRUE(list.empty());
}

// Against the plain way, with deadlines that are set, put off, brought forward and taken back.
TEST(CheetahDeadlines, NoneIsEarlyNoneIsForgotten) {
  constexpr u32 kSlots = 40;
  constexpr u64 kTick = Deadlines::kTick;
  Slots slots{std::vector<Exchange>(kSlots)};
  Deadlines deadlines;
  unsigned seed = 1;
  const auto random = [&](u32 below) { return (seed = seed * 1664525 + 1013904223) / 65536 % below; };
  u32 over = 0;
  u64 now = 12'345'678'901;
  for (int i = 0; i < 20000; i++) {
    const u32 slot = random(kSlots);
    Exchange& e = slots.all[slot];
    if (random(8) == 0) {
      deadlines.remove(slots, slot);
      e.phase = Phase::Free;
    } else if (random(4) == 0) {
      e.phase = Phase::Reading;
      e.deadline = now + random(i % 100 == 0 ? 60'000 : 3'000) * u64{1'000'000};
      deadlines.set(slots, slot);
      ASSERT_LE(deadlines.next(), std::max(e.deadline + kTick, now + kTick));
    }
    now += random(20) == 0 ? random(40'000) * u64{1'000'000} : random(50'000'000);
    if (now < deadlines.next()) continue;
    deadlines.advance(slots, now, [&](u32 which) {
      ASSERT_LE(slots.all[which].deadline, now);
      slots.all[which].phase = Phase::Free;
      over++;
    });
    for (const Exchange& other : slots.all)
      ASSERT_TRUE(other.phase == Phase::Free || other.deadline + kTick > now) << i;
  }
  EXPECT_GT(over, 1000u);
}

TEST(CheetahDeadlines, NobodyIsNeverDue) {
  Slots slots{std::vector<Exchange>(2)};
  Deadlines deadlines;
  EXPECT_EQ(deadlines.next(), kForever);
  slots.all[1].phase = Phase::Reading;
  slots.all[1].deadline = 7 * Deadlines::kTick;
  deadlines.set(slots, 1);
  EXPECT_LE(deadlines.next(), 8 * Deadlines::kTick);
  deadlines.remove(slots, 1);
  EXPECT_EQ(deadlines.next(), kForever);
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

struct Ring {
  explicit Ring(u64 records) : memory(records + 1) {}
  u64 bytes() const { return memory.size() * sizeof(LogRecord); }
  void write(Log& log, u64 number) {
    LogRecord& record = log.next();
    std::fill_n(reinterpret_cast<u64*>(&record), sizeof record / sizeof(u64), number);
    log.done();
  }
  std::vector<LogRecord> memory;
};

bool is_whole(const LogRecord& record) {
  const auto* words = reinterpret_cast<const u64*>(&record);
  return std::all_of(words, words + sizeof record / sizeof(u64), [&](u64 word) { return word == words[0]; });
}

TEST(CheetahLog, ReaderTellsWhatItLost) {
  Ring ring(8);
  LogReader reader(ring.memory.data(), ring.bytes());
  LogRecord record;
  EXPECT_FALSE(reader.next(record)) << "not begun yet";
  Log log;
  log.start(ring.memory.data(), ring.bytes());
  EXPECT_FALSE(reader.next(record));
  for (u64 i = 0; i < 3; i++) ring.write(log, i);
  for (u64 i = 0; i < 3; i++) {
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.time, i);
  }
  EXPECT_FALSE(reader.next(record));
  for (u64 i = 3; i < 33; i++) ring.write(log, i);
  for (u64 i = 26; i < 33; i++) {  // of the last eight one may be in the making
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.time, i);
  }
  EXPECT_FALSE(reader.next(record));
  EXPECT_EQ(reader.take_lost(), 23u);
  EXPECT_EQ(reader.take_lost(), 0u);
}

TEST(CheetahLog, ReaderBelievesNothing) {
  Ring ring(4);
  LogRecord record;
  for (const u64 written : {u64{0}, u64{1}, u64{4}, u64{1} << 63, ~u64{0}}) {
    for (const u64 records : {u64{0}, u64{4}, u64{5}, ~u64{0}}) {
      auto& header = *reinterpret_cast<LogHeader*>(ring.memory.data());
      header = {kLogMagic, records, written, {}};
      LogReader reader(ring.memory.data(), ring.bytes());
      for (int i = 0; i < 10; i++) (void)reader.next(record);
      EXPECT_LE(reader.take_lost(), written);
    }
  }
}

// While another thread writes as fast as it can: whole records, in order, each read or counted as lost.
TEST(CheetahLog, ReaderNeverSeesHalfARecord) {
  constexpr u64 kCount = 200'000;
  Ring ring(16);
  Log log;
  log.start(ring.memory.data(), ring.bytes());
  LogReader reader(ring.memory.data(), ring.bytes());
  std::thread writer([&] {
    for (u64 i = 0; i < kCount; i++) ring.write(log, i);
  });
  u64 seen = 0, lost = 0, wrong = 0;
  const auto read_all = [&] {
    for (LogRecord record; reader.next(record); seen++) {
      lost += reader.take_lost();
      if (!is_whole(record) || record.time != seen + lost) wrong++;
    }
  };
  while (seen + lost + 16 < kCount) read_all();
  writer.join();
  read_all();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(seen + lost + reader.take_lost(), kCount);
}

// Against a model: nobody's exchange is zero whoever had it before, and none is two connections'.
TEST(CheetahExchanges, ApartFromTheControlBlocks) {
  constexpr u32 kConnections = 12;
  std::vector<Exchange> memory(InPool::exchanges(kConnections));
  InPool pool;
  pool.start(memory);
  std::vector<InPool::Attachment> blocks(kConnections);
  std::vector<u32> model(kConnections);  // what each connection wrote; 0: it is not there
  unsigned seed = 1;
  for (u32 i = 1; i < 5000; i++) {
    seed = seed * 1664525 + 1013904223;
    const u32 at = seed % kConnections;
    if (model[at] == 0) {
      pool.enter(blocks[at]);
      const Exchange& e = pool.exchange(blocks[at]);
      ASSERT_TRUE(e.phase == Phase::Free && e.file == 0 && e.position == 0) << i;
      Exchange mine{};
      mine.phase = Phase::Reading;
      mine.file = i;
      mine.position = i;
      pool.exchange(blocks[at]) = mine;
      model[at] = i;
    } else {
      const u32 place = InPool::place_of(blocks[at]);
      InPool::leave(blocks[at]);
      pool.give_back(place);
      ASSERT_TRUE(memory[place].phase == Phase::Free) << i;
      model[at] = 0;
    }
    for (u32 c = 0; c < kConnections; c++) {
      const Exchange& e = pool.exchange(blocks[c]);
      ASSERT_EQ(e.position, model[c]) << i;
      ASSERT_EQ(e.phase == Phase::Free, model[c] == 0) << i;
    }
  }
}

}  // namespace
