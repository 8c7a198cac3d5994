// SPDX-License-Identifier: MIT
// The parts of a connection by themselves.
#include <gtest/gtest.h>

#include <random>

#include "libos/net/tests/link_double.hpp"
#include "tcp/receive_buffer.hpp"
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

// Random pieces of a known stream, in any order, overlapping, beyond the window: what comes out is
// the stream, whatever the ring's and the numbers' wrapping.
TEST(ReceiveBuffer, AnyOrderGivesTheStream) {
  for (u32 seed = 0; seed < 60; seed++) {
    std::mt19937 random(seed);
    Bytes memory(4096), stream(50'000), got;
    for (u8& b : stream) b = static_cast<u8>(random());
    const u32 start = seed % 2 == 0 ? 0xffffff00u : random();
    ReceiveBuffer buffer;
    buffer.reset(memory.data(), 4096, start);
    for (int step = 0; got.size() < stream.size(); step++) {
      ASSERT_LT(step, 200'000);
      const u32 done = buffer.next() - start;
      const u64 low = done > 500 ? done - 500 : 0;
      const u64 at = std::min<u64>(low + random() % 5500, stream.size() - 1);
      const u64 size = std::min<u64>(random() % 1500, stream.size() - at);
      buffer.insert(start + static_cast<u32>(at), std::span(stream).subspan(at, size));
      const u64 wanted = buffer.next() - start;
      if (random() % 4 == 0) {
        const u64 missing = std::min<u64>(random() % 700, stream.size() - wanted);
        buffer.insert(buffer.next(), std::span(stream).subspan(wanted, missing));
      }
      ASSERT_LE(buffer.ready(), 4096u);
      const auto run = buffer.peek();
      const u32 take = run.empty() ? 0 : static_cast<u32>(random() % (run.size() + 1));
      got.insert(got.end(), run.begin(), run.begin() + take);
      buffer.consume(take);
      if (random() % 3 == 0) {
        const auto all = buffer.peek();
        got.insert(got.end(), all.begin(), all.end());
        buffer.consume(static_cast<u32>(all.size()));
      }
    }
    EXPECT_EQ(got, stream) << seed;
  }
}

TEST(ReceiveBuffer, GapsAreBounded) {
  Bytes memory(4096);
  ReceiveBuffer buffer;
  buffer.reset(memory.data(), 4096, 0);
  const u8 byte = 7;
  for (u32 i = 0; i < 100; i++) EXPECT_EQ(buffer.insert(1 + 2 * i, {&byte, 1}), 0u);
  EXPECT_TRUE(buffer.gaps());
  for (u32 i = 0; i < kEarlyRanges; i++) EXPECT_EQ(buffer.insert(2 * i, {&byte, 1}), 2u);
  EXPECT_FALSE(buffer.gaps());
  EXPECT_EQ(buffer.insert(2 * kEarlyRanges, {&byte, 1}), 1u) << "what was beyond the bound was dropped";
}

TEST(ReceiveBuffer, CutsToTheWindow) {
  Bytes memory(4096), data(9000, 1);
  ReceiveBuffer buffer;
  buffer.reset(memory.data(), 4096, 10);
  EXPECT_EQ(buffer.insert(10, data), 4096u);
  EXPECT_EQ(buffer.window(), 0u);
  EXPECT_EQ(buffer.insert(buffer.next(), data), 0u);
  EXPECT_EQ(buffer.insert(0, std::span(data).first(10)), 0u) << "all old";
}

TEST(SendQueue, GathersAcrossPiecesFromAnyOffset) {
  Bytes stream(1000);
  for (u64 i = 0; i < stream.size(); i++) stream[i] = static_cast<u8>(i * 31);
  SendQueue queue{};
  u64 at = 0;
  for (const u32 size : {100u, 1u, 299u, 600u}) {
    ASSERT_TRUE(queue.push({stream.data() + at, size}, at));
    at += size;
  }
  u64 acked = 0;
  std::mt19937 random(3);
  while (queue.bytes() > 0) {
    for (int i = 0; i < 20; i++) {
      const u64 offset = random() % queue.bytes();
      const u32 wanted = 1 + random() % 700;
      net::Piece pieces[3];
      const auto g = queue.gather(offset, wanted, pieces);
      Bytes got;
      for (u32 p = 0; p < g.pieces; p++)
        got.insert(got.end(), pieces[p].data, pieces[p].data + pieces[p].length);
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
    ASSERT_TRUE(queue.has_released());
    EXPECT_EQ(queue.pop_released(), token);
  }
  EXPECT_FALSE(queue.has_released());
}

TEST(SendQueue, ReleasesAllAndWrapsAround) {
  SendQueue queue{};
  const u8 byte = 0;
  for (u64 round = 0; round < 10; round++) {
    for (u32 i = 0; i < kSendPieces; i++) ASSERT_TRUE(queue.push({&byte, 1}, round * 100 + i));
    EXPECT_FALSE(queue.push({&byte, 1}, 0));
    queue.acknowledge(5);
    queue.release_all();
    for (u32 i = 0; i < kSendPieces; i++) EXPECT_EQ(queue.pop_released(), round * 100 + i);
    EXPECT_EQ(queue.room(), kSendPieces);
  }
}

net::Received packet(const Bytes& bytes) {
  return {net::address(1, 2, 3, 4), net::address(5, 6, 7, 8), bytes};
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
  const SegmentHeader header{1, 2, 0xdeadbeef, 0x01020304, 777, kSyn | kAck, 1234};
  Bytes bytes(header.size());
  write_segment(header, net::address(1, 2, 3, 4), net::address(5, 6, 7, 8), pieces, bytes.data());
  bytes.insert(bytes.end(), data.begin(), data.end());
  EXPECT_EQ(bytes, with_checksum(bytes)) << "agrees with the checksum by the book";
  Segment s{};
  ASSERT_EQ(read_segment(packet(bytes), s), Malformed::No);
  EXPECT_EQ(s.sequence, 0xdeadbeef);
  EXPECT_EQ(s.ack, 0x01020304u);
  EXPECT_EQ(s.window, 777u);
  EXPECT_EQ(s.mss, 1234);
  EXPECT_EQ(s.length(), 4u);
  EXPECT_EQ(Bytes(s.data.begin(), s.data.end()), data);
}

TEST(Segment, HostileHeadersAndOptions) {
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
    const net::Received received{
        net::address(1, 2, 3, 4), net::address(5, 6, 7, 8), {exact.get(), bytes.size()}};
    const Malformed result = read_segment(received, s);
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
    return s.mss;
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
