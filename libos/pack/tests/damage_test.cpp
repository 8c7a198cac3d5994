// SPDX-License-Identifier: MIT
// Every changed byte of superblock, directory and content is found, and nothing hostile is believed.
#include <gtest/gtest.h>

#include "base/crc32.hpp"
#include "libos/pack/host/writer.hpp"
#include "pack/reader.hpp"

namespace {

using pack::Entry;
using pack::Error;
using pack::Superblock;

std::vector<pack::u8> small() {
  return pack::build({{"a.txt", 1, {1, 2, 3}}, {"b/c.txt", 2, std::vector<pack::u8>(5000, 7)}}, 1 << 20);
}

TEST(PackDamage, EveryByteCounts) {
  std::vector<pack::u8> bytes = small();
  ASSERT_EQ(pack::check(bytes), Error::None);
  for (std::size_t i = 0; i < bytes.size(); i++) {
    bytes[i] ^= 0x10;
    EXPECT_NE(pack::check(bytes), Error::None) << "byte " << i;
    bytes[i] ^= 0x10;
  }
}

TEST(PackDamage, EveryLengthIsRefused) {
  const std::vector<pack::u8> bytes = small();
  for (std::size_t n = 0; n < bytes.size(); n += 511)
    EXPECT_NE(pack::check(std::span(bytes).first(n)), Error::None) << n;
}

// Damage by somebody who knows the checksums.
class Forged : public ::testing::Test {
 protected:
  std::vector<pack::u8> bytes_ = small();
  Superblock& super() { return *reinterpret_cast<Superblock*>(bytes_.data()); }
  Entry& entry(int i) { return reinterpret_cast<Entry*>(bytes_.data() + pack::kBlock)[i]; }
  Error check() {
    super().directory_crc = base::crc32(bytes_.data() + pack::kBlock, pack::kBlock);
    super().header_crc = base::crc32(bytes_.data(), offsetof(Superblock, header_crc));
    return pack::check(bytes_);
  }
};

TEST_F(Forged, Undamaged) { EXPECT_EQ(check(), Error::None); }
TEST_F(Forged, Magic) {
  super().magic++;
  EXPECT_EQ(check(), Error::BadMagic);
}
TEST_F(Forged, Version) {
  super().version++;
  EXPECT_EQ(check(), Error::BadVersion);
}
TEST_F(Forged, MoreBlocksThanThereAre) {
  super().blocks++;
  EXPECT_EQ(check(), Error::BadLayout);
}
TEST_F(Forged, NoBlocks) {
  super().blocks = 0;
  EXPECT_EQ(check(), Error::BadLayout);
}
TEST_F(Forged, TooManyFiles) {
  super().files = 0xffffffff;
  EXPECT_EQ(check(), Error::BadLayout);
}
TEST_F(Forged, SumsOfAnotherSize) {
  super().sum_blocks = 2;
  EXPECT_EQ(check(), Error::OutOfBounds);
  super().sum_blocks = super().blocks;
  EXPECT_EQ(check(), Error::BadLayout);
}
TEST_F(Forged, ARowThatMissesAFile) {
  super().first_file = 2;
  EXPECT_EQ(check(), Error::OutOfBounds);
  super().first_file = 3;
  EXPECT_EQ(check(), Error::OutOfBounds);
  super().first_file = 0;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, ARowWithoutEnd) {
  entry(1).next = 1;
  EXPECT_EQ(check(), Error::OutOfBounds);
  entry(1).next = 2;
  EXPECT_EQ(check(), Error::OutOfBounds);
  entry(1).next = 0xffffffff;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, AnotherRun) {
  entry(1).first_run++;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, DirectoryOfAnotherSize) {
  super().directory_blocks = 2;
  EXPECT_EQ(check(), Error::BadLayout);
}
TEST_F(Forged, PathTooLong) {
  entry(0).path_length = 217;
  EXPECT_EQ(check(), Error::BadEntry);
}
TEST_F(Forged, PathEmpty) {
  entry(0).path_length = 0;
  EXPECT_EQ(check(), Error::BadEntry);
}
TEST_F(Forged, PathShorterThanItsText) {
  entry(0).path_length = 2;
  EXPECT_EQ(check(), Error::BadEntry);
}
TEST_F(Forged, PathWithDots) {
  std::copy_n("../.t", 5, entry(0).path);
  EXPECT_EQ(check(), Error::BadEntry);
}
TEST_F(Forged, OutOfOrder) {
  std::swap(entry(0), entry(1));
  std::swap(entry(0).first_run, entry(1).first_run);
  EXPECT_EQ(check(), Error::NotSorted);
}
TEST_F(Forged, Twice) {
  entry(1) = entry(0);
  EXPECT_EQ(check(), Error::NotSorted);
}
TEST_F(Forged, FileInTheDirectory) {
  entry(0).first_block = 1;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, FilesOverlap) {
  entry(1).first_block = entry(0).first_block;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, FileBehindTheEnd) {
  entry(1).first_block += 1;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, LengthWraps) {
  entry(1).length = ~0ul;
  EXPECT_EQ(check(), Error::OutOfBounds);
}
TEST_F(Forged, EmptyFileWithBlock) {
  entry(0).length = 0;
  EXPECT_EQ(check(), Error::BadEntry);
}

}  // namespace
