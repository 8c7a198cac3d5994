// SPDX-License-Identifier: MIT
// The parts of a connection by themselves.
#include <gtest/gtest.h>

#include <random>

#include "libos/net/tests/link_double.hpp"
#include "net/checksum.hpp"
#include "tcp/receive_queue.hpp"
#include "tcp/segment.hpp"
#include "tcp/send_queue.hpp"

namespace tcp {
namespace {

using net::test::Bytes;

TEST(Sequence, OrderOnTheCircle) {
  EXPECT_TRUE(before(0xffffffff, 0));
  EXPECT_TRUE(after(5, 0xfffffff0));
  EXPECT_FALSE(before(7, 7));
  EXPECT_TRUE(between(0xfffffffe, 1, 3));
  EXPECT_FALSE(between(0xfffffffe, 4, 3));
  EXPECT_EQ(later(0xffffffff, 2), 2u);
}

// Every name counts, of both families, and neighbours are spread like anything else.
TEST(Flow, TableHash) {
  const TableKey key = table_key({1, 2});
  const net::Address6 a{0x20010db800000000, 1}, b{0x20010db800000000, 2};
  for (const Flow& flow :
       {Flow{net::address(10, 0, 2, 2), net::address(10, 0, 2, 15), 1000, 80}, Flow{a, b, 1000, 80}}) {
    const u32 hash = quick_hash_of(key, flow);
    Flow other = flow;
    other.remote_port++;
    EXPECT_NE(quick_hash_of(key, other), hash);
    other = flow;
    other.local_port++;
    EXPECT_NE(quick_hash_of(key, other), hash);
    other = flow;
    other.remote = flow.local;
    EXPECT_NE(quick_hash_of(key, other), hash);
    other.local = flow.remote;
    EXPECT_NE(quick_hash_of(key, other), hash);
    EXPECT_NE(quick_hash_of(table_key({1, 3}), flow), hash);
    std::vector<u32> buckets(512);
    for (u32 port = 0; port < 4096; port++) {
      other = flow;
      other.remote_port = static_cast<u16>(32768 + port);
      buckets[quick_hash_of(key, other) % buckets.size()]++;
    }
    EXPECT_LT(*std::max_element(buckets.begin(), buckets.end()), 40u);  // 8 on average
  }
}

// The short way to write a header writes what the long one does.
TEST(Segments, PlainHeaders) {
  std::mt19937 random(7);
  const auto some = [&] { return static_cast<u32>(random()); };
  for (u32 step = 0; step < 2000; step++) {
    const Flow flow{net::Address{some()}, net::Address{some()}, static_cast<u16>(some()),
                    static_cast<u16>(some())};
    const u32 bytes = step % 3 == 0 ? 0 : some() % 60000;
    const Bytes data(bytes, static_cast<u8>(some()));
    const net::Piece piece{data.data(), bytes};
    const PlainHeader plain{
        some(), some(), static_cast<u16>(some()), static_cast<u8>(some() & 0x3f), step % 2 == 0,
        some(), some()};
    SegmentHeader whole{plain.sequence, plain.ack, plain.window, plain.flags, {}};
    whole.options.timestamps = plain.timestamps;
    whole.options.ts_value = plain.ts_value;
    whole.options.ts_echo = plain.ts_echo;
    ASSERT_EQ(plain.size(), whole.size());
    net::Checksum pseudo;
    pseudo.add_pseudo_header(flow.local, flow.remote, net::kProtocolTcp, 0);
    Bytes expected(whole.size()), got(plain.size());
    write_segment(flow, whole, {&piece, bytes == 0 ? 0u : 1u}, bytes != 0, expected.data());
    write_plain(flow, plain, __builtin_bswap16(pseudo.partial()), bytes, got.data());
    ASSERT_EQ(got, expected) << step;
  }
}

using Queue = ReceiveQueue<4096, 512>;
struct Pool {
  explicit Pool(u32 count, u32 bytes = 512) : memory(u64{count} * bytes) {
    pool.start(memory.data(), bytes, count);
  }
  Bytes memory;
  BlockPool pool;
};

// Random pieces of a known stream, in any order, overlapping, beyond the window: what comes out is
// the stream, whatever the ring's and the numbers' wrapping, and at the end the pool is whole.
TEST(ReceiveQueue, AnyOrderGivesTheStream) {
  for (u32 seed = 0; seed < 60; seed++) {
    std::mt19937 random(seed);
    Bytes stream(50'000), got;
    for (u8& b : stream) b = static_cast<u8>(random());
    Pool p(seed % 3 == 0 ? 6 : 20);
    const u32 start = seed % 2 == 0 ? 0xffffff00u : random();
    Queue queue;
    queue.reset(start);
    for (int step = 0; got.size() < stream.size(); step++) {
      ASSERT_LT(step, 200'000);
      const u32 done = queue.next() - start;
      const u64 low = done > 500 ? done - 500 : 0;
      const u64 at = std::min<u64>(low + random() % 5500, stream.size() - 1);
      const u64 size = std::min<u64>(random() % 1500, stream.size() - at);
      queue.insert(p.pool, start + static_cast<u32>(at), std::span(stream).subspan(at, size), 3);
      const u64 wanted = queue.next() - start;
      if (random() % 4 == 0) {
        const u64 missing = std::min<u64>(random() % 700, stream.size() - wanted);
        const auto next = std::span(stream).subspan(wanted, missing);
        if (queue.empty() && random() % 2 == 0) {  // as the engine does
          const u64 passed = missing / 2;
          got.insert(got.end(), next.begin(), next.begin() + static_cast<long>(passed));
          queue.pass(static_cast<u32>(passed));
        } else {
          queue.insert(p.pool, queue.next(), next, 0);
        }
      }
      ASSERT_LE(queue.ready(), 4096u);
      for (bool all = random() % 3 == 0, first = true; first || (all && queue.ready() > 0); first = false) {
        const auto run = queue.peek(p.pool);
        const u32 take = static_cast<u32>(all ? run.size() : random() % (run.size() + 1));
        got.insert(got.end(), run.begin(), run.begin() + take);
        if (take > 0) queue.consume(p.pool, take);
      }
    }
    EXPECT_EQ(got, stream) << seed;
    queue.clear(p.pool);
    EXPECT_EQ(p.pool.free(), p.pool.count()) << "blocks leaked";
  }
}

TEST(ReceiveQueue, GapsAreBounded) {
  Pool p(20);
  Queue queue;
  queue.reset(0);
  const u8 byte = 7;
  for (u32 i = 0; i < 100; i++) EXPECT_EQ(queue.insert(p.pool, 1 + 2 * i, {&byte, 1}, 0), 0u);
  EXPECT_TRUE(queue.gaps());
  for (u32 i = 0; i < EarlyRanges::kRanges; i++) EXPECT_EQ(queue.insert(p.pool, 2 * i, {&byte, 1}, 0), 2u);
  EXPECT_FALSE(queue.gaps());
  EXPECT_EQ(queue.insert(p.pool, 2 * EarlyRanges::kRanges, {&byte, 1}, 0), 1u) << "beyond the bound: dropped";
}

TEST(ReceiveQueue, CutsToTheWindow) {
  Pool p(20);
  Bytes data(9000, 1);
  Queue queue;
  queue.reset(10);
  EXPECT_EQ(queue.insert(p.pool, 10, data, 0), 4096u);
  EXPECT_EQ(queue.window(), 0u);
  EXPECT_EQ(queue.insert(p.pool, queue.next(), data, 0), 0u);
  EXPECT_EQ(queue.insert(p.pool, 0, std::span(data).first(10), 0), 0u) << "all old";
}

TEST(ReceiveQueue, AnEmptyPoolTakesNothingAndEarlyDataLeavesTheReserve) {
  Pool p(4);
  Bytes data(600, 1);
  Queue queue, other;
  queue.reset(0);
  other.reset(0);
  EXPECT_EQ(queue.insert(p.pool, 1000, data, 2), 0u);
  EXPECT_EQ(p.pool.free(), 1u);
  EXPECT_EQ(other.insert(p.pool, 1000, data, 2), 0u);
  EXPECT_FALSE(other.gaps()) << "the reserve is for what is in order";
  EXPECT_EQ(other.insert(p.pool, 0, std::span(data).first(500), 0), 500u);
  EXPECT_EQ(other.insert(p.pool, 500, data, 0), 0u) << "takes all or nothing";
  EXPECT_EQ(other.insert(p.pool, 500, std::span(data).first(12), 0), 12u) << "in the block that is there";
}

TEST(EarlyRanges, TheLastTouchedComesFirst) {
  EarlyRanges early;
  early.reset();
  early.add({10, 20});
  early.add({30, 40});
  early.add({50, 60});
  EXPECT_EQ(early.at(0), (Range{50, 60}));
  early.add({20, 25});
  EXPECT_EQ(early.at(0), (Range{10, 25}));
  EXPECT_EQ(early.at(1), (Range{50, 60}));
  early.add({25, 50});
  EXPECT_EQ(early.count(), 1u);
  EXPECT_EQ(early.advance(5), 5u);
  EXPECT_EQ(early.advance(12), 60u);
  EXPECT_EQ(early.count(), 0u);
}

struct Pieces {
  explicit Pieces(u32 count) : entries(count) { pool.start(entries); }
  std::vector<SendEntry> entries;
  SendPool pool;
};

TEST(SendQueue, GathersAcrossPiecesFromAnyOffset) {
  Bytes stream(1000);
  for (u64 i = 0; i < stream.size(); i++) stream[i] = static_cast<u8>(i * 31);
  Pieces p(8);
  SendQueue queue{};
  u64 at = 0;
  for (const u32 size : {100u, 1u, 299u, 600u}) {
    ASSERT_TRUE(queue.push(p.pool, {stream.data() + at, size}, at));
    at += size;
  }
  u64 acked = 0;
  std::mt19937 random(3);
  while (queue.bytes() > 0) {
    for (int i = 0; i < 20; i++) {
      const u64 offset = random() % queue.bytes();
      const u32 wanted = 1 + random() % 700;
      net::Piece pieces[3];
      const auto g = queue.gather(p.pool, offset, wanted, pieces);
      Bytes got;
      for (u32 n = 0; n < g.pieces; n++)
        got.insert(got.end(), pieces[n].data, pieces[n].data + pieces[n].length);
      ASSERT_EQ(got.size(), g.length);
      EXPECT_TRUE(g.length == wanted || g.pieces == 3 || offset + g.length == queue.bytes());
      const long from = static_cast<long>(acked + offset);
      EXPECT_EQ(got, Bytes(stream.begin() + from, stream.begin() + from + static_cast<long>(got.size())));
    }
    const u32 more = 1 + random() % static_cast<u32>(std::min<u64>(queue.bytes(), 120));
    queue.acknowledge(more);
    acked += more;
  }
  for (const u64 token : {0u, 100u, 101u, 400u}) {
    ASSERT_TRUE(queue.has_released(p.pool));
    EXPECT_EQ(queue.pop_released(p.pool), token);
  }
  EXPECT_FALSE(queue.has_released(p.pool));
  EXPECT_EQ(p.pool.free(), 8u);
}

TEST(SendQueue, ReleasesAllAndThePoolIsShared) {
  Pieces p(16);
  SendQueue queue{}, other{};
  const u8 byte = 0;
  for (u64 round = 0; round < 10; round++) {
    for (u32 i = 0; i < 15; i++) ASSERT_TRUE(queue.push(p.pool, {&byte, 1}, round * 100 + i));
    ASSERT_TRUE(other.push(p.pool, {&byte, 1}, 7));
    EXPECT_FALSE(queue.push(p.pool, {&byte, 1}, 0));
    queue.acknowledge(5);
    queue.release_all();
    for (u32 i = 0; i < 15; i++) EXPECT_EQ(queue.pop_released(p.pool), round * 100 + i);
    EXPECT_FALSE(queue.has_released(p.pool));
    other.release_all();
    EXPECT_EQ(other.pop_released(p.pool), 7u);
  }
}

net::Received packet(std::span<const u8> bytes) {
  net::Received received;
  received.source = net::address(1, 2, 3, 4);
  received.destination = net::address(5, 6, 7, 8);
  received.payload = bytes;
  return received;
}

Bytes with_checksum(Bytes segment) {
  net::test::put16(segment, 16, 0);
  Bytes summed{1, 2, 3, 4, 5, 6, 7, 8, 0, 6, 0, static_cast<u8>(segment.size())};
  summed.insert(summed.end(), segment.begin(), segment.end());
  net::test::put16(segment, 16, net::test::slow_checksum(summed));
  return segment;
}

TEST(Segment, WhatIsWrittenIsRead) {
  const Bytes data{9, 8, 7};
  const net::Piece pieces[2] = {{data.data(), 1}, {data.data() + 1, 2}};
  SegmentHeader header;
  header.sequence = 0xdeadbeef;
  header.ack = 0x01020304;
  header.window = 777;
  header.flags = kSyn | kAck;
  header.options.mss = 1234;
  header.options.scale = 7;
  header.options.timestamps = true;
  header.options.ts_value = 0x11223344;
  header.options.ts_echo = 0x55667788;
  header.options.sack_permitted = true;
  const Flow flow{net::address(5, 6, 7, 8), net::address(1, 2, 3, 4), 2, 1};
  Bytes bytes(header.size());
  write_segment(flow, header, pieces, false, bytes.data());
  bytes.insert(bytes.end(), data.begin(), data.end());
  EXPECT_EQ(bytes, with_checksum(bytes)) << "agrees with the checksum by the book";
  Segment s{};
  ASSERT_EQ(read_segment(packet(bytes), s), Malformed::No);
  EXPECT_EQ(s.sequence, 0xdeadbeef);
  EXPECT_EQ(s.ack, 0x01020304u);
  EXPECT_EQ(s.window, 777u);
  EXPECT_EQ(s.options.mss, 1234);
  EXPECT_EQ(s.options.scale, 7);
  EXPECT_EQ(s.options.ts_value, 0x11223344u);
  EXPECT_EQ(s.options.ts_echo, 0x55667788u);
  EXPECT_TRUE(s.options.timestamps && s.options.sack_permitted);
  EXPECT_EQ(s.length(), 4u);
  EXPECT_EQ(Bytes(s.data.begin(), s.data.end()), data);
}

TEST(Segment, HostileHeadersAndSettings) {
  std::mt19937 random(5);
  for (int round = 0; round < 50'000; round++) {
    Bytes bytes(random() % 64);
    for (u8& b : bytes) b = static_cast<u8>(random() % 3 == 0 ? random() : random() % 6);
    if (bytes.size() >= 20) {
      if (random() % 4 != 0) bytes[12] = static_cast<u8>(5 + random() % 11) << 4;
      bytes[13] |= kSyn;
      bytes = with_checksum(bytes);
    }
    const std::unique_ptr<u8[]> exact(new u8[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    Segment s{};
    const Malformed result = read_segment(packet({exact.get(), bytes.size()}), s);
    EXPECT_TRUE(bytes.size() >= 20 || result == Malformed::Header);
    EXPECT_TRUE(result != Malformed::No || s.data.size() <= bytes.size() - 20);
  }
}

TEST(Segment, OddOptionLists) {
  Segment s{};
  const auto mss_of = [&](Bytes options) {
    Bytes bytes(20);
    bytes[13] = kSyn;
    options.resize((options.size() + 3) / 4 * 4);
    bytes[12] = static_cast<u8>((20 + options.size()) / 4 << 4);
    bytes.insert(bytes.end(), options.begin(), options.end());
    EXPECT_EQ(read_segment(packet(with_checksum(bytes)), s), Malformed::No);
    return s.options.mss;
  };
  EXPECT_EQ(mss_of({1, 1, 2, 4, 5, 6}), 0x506);
  EXPECT_EQ(mss_of({3, 3, 7, 2, 4, 5, 6}), 0x506);
  EXPECT_EQ(mss_of({0, 0, 2, 4, 5, 6}), 0) << "behind the end of the list";
  EXPECT_EQ(mss_of({8, 0, 2, 4, 5, 6}), 0) << "a length of nothing";
  EXPECT_EQ(mss_of({2, 3, 5, 0}), 0);
  EXPECT_EQ(mss_of({1, 1, 2, 4}), 0) << "cut off";
}

}  // namespace
}  // namespace tcp
