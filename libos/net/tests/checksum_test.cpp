// SPDX-License-Identifier: MIT
#include "net/checksum.hpp"

#include <gtest/gtest.h>

#include <random>

#include "link_double.hpp"

namespace net {
namespace {

using test::Bytes;

TEST(Checksum, ExampleOfRfc1071) {
  const Bytes data{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  Checksum sum;
  sum.add(data);
  EXPECT_EQ(sum.finish(), static_cast<u16>(~0xddf2));
}

TEST(Checksum, OfNothing) { EXPECT_EQ(Checksum().finish(), 0xffff); }

TEST(Checksum, AnyCutAndAlignmentAgreesWithTheBook) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; round++) {
    Bytes data(random() % 200 + 8);
    for (u8& b : data) b = random() % 4 == 0 ? 0xff : static_cast<u8>(random());
    const u64 skip = random() % 8;
    Checksum sum;
    for (u64 at = skip; at < data.size();) {
      const u64 n = std::min<u64>(random() % 40, data.size() - at);
      sum.add(std::span(data).subspan(at, n));
      at += n;
    }
    EXPECT_EQ(sum.finish(), test::slow_checksum(Bytes(data.begin() + static_cast<long>(skip), data.end())));
  }
}

TEST(Checksum, ManyCarries) {
  const Bytes data(1 << 20, 0xff);
  Checksum sum;
  for (int i = 0; i < 8; i++) sum.add(data);
  EXPECT_EQ(sum.finish(), 0);
}

TEST(Checksum, PseudoHeader) {
  const Bytes header{10, 0, 2, 15, 10, 0, 2, 2, 0, 6, 0x04, 0xd2};
  Checksum sum;
  sum.add_pseudo_header(address(10, 0, 2, 15), address(10, 0, 2, 2), 6, 0x4d2);
  EXPECT_EQ(sum.finish(), test::slow_checksum(header));
}

TEST(ChecksumTest, KeptSumsGiveTheSame) {
  std::mt19937 random(11);
  Bytes data(3000);
  for (u8& b : data) b = static_cast<u8>(random());
  for (u64 i = 500; i < 1100; i++) data[i] = 0;
  std::vector<u16> sums(sums_of(data.size()));
  make_sums(data, sums.data());
  for (int i = 0; i < 5000; i++) {
    const u32 before = random() % 5, begin = random() % 3000, length = random() % (3001 - begin);
    Checksum plain, quick;
    for (Checksum* sum : {&plain, &quick}) {
      sum->add_pseudo_header(address(1, 2, 3, 4), address(5, 6, 7, 8), 6, 9);
      sum->add(std::span<const u8>(data).first(before));  // an odd number of bytes in front, too
    }
    plain.add(std::span<const u8>(data).subspan(begin, length));
    quick.add(Piece{data.data() + begin, length, sums.data(), data.data()});
    const Bytes tail{9, 8, 7};
    plain.add(tail);
    quick.add(tail);
    ASSERT_EQ(plain.finish(), quick.finish()) << begin << "+" << length;
  }
}

}  // namespace
}  // namespace net
