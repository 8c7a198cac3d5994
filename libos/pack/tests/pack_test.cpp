// SPDX-License-Identifier: MIT
// What goes into a pack comes out of it.
#include <gtest/gtest.h>

#include <fstream>

#include "libos/pack/host/writer.hpp"
#include "pack/reader.hpp"

namespace {

using abi::u64;
namespace fs = std::filesystem;

std::vector<pack::u8> bytes_of(std::size_t count, unsigned seed) {
  std::vector<pack::u8> bytes(count);
  for (auto& b : bytes) b = static_cast<pack::u8>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::vector<pack::File> sample() {
  return {{"index.html", 10, bytes_of(100, 1)},
          {"a/index.html", 20, bytes_of(4096, 2)},
          {"a/b.css", 30, bytes_of(4097, 3)},
          {"empty.txt", 40, {}},
          {"a-b", 50, bytes_of(1, 4)},
          {"big.bin", 60, bytes_of(100000, 5)},
          {"only/deep/index.html", 70, bytes_of(5, 6)}};
}

std::vector<pack::File> one(std::string path) { return {pack::File{std::move(path), 0, {}}}; }

struct Opened {
  std::vector<pack::u8> bytes;
  pack::Superblock super;
  pack::Directory directory;
};

void open(Opened& o, std::vector<pack::u8> bytes) {
  o.bytes = std::move(bytes);
  ASSERT_EQ(pack::read_superblock(o.bytes, o.bytes.size() / pack::kBlock, o.super), pack::Error::None);
  ASSERT_EQ(o.directory.open(o.super, std::span(o.bytes).subspan(pack::kBlock)), pack::Error::None);
}

TEST(Pack, KeepsEveryFile) {
  Opened o;
  open(o, pack::build(sample(), 1 << 20));
  EXPECT_EQ(o.directory.size(), sample().size());
  for (const pack::File& file : sample()) {
    const pack::Entry* entry = o.directory.find(file.path);
    ASSERT_NE(entry, nullptr) << file.path;
    ASSERT_EQ(entry->length, file.bytes.size());
    EXPECT_EQ(entry->modified, file.modified);
    const auto at = std::span(o.bytes).subspan(
        entry->length == 0 ? 0 : entry->first_block * std::size_t{pack::kBlock} + pack::kHeadroom,
        entry->length);
    EXPECT_TRUE(std::equal(at.begin(), at.end(), file.bytes.begin()));
    EXPECT_TRUE(pack::intact(*entry, at));
  }
  EXPECT_EQ(pack::check(o.bytes), pack::Error::None);
}

TEST(Pack, ResolvesUrls) {
  Opened o;
  open(o, pack::build(sample(), 1 << 20));
  using Match = pack::Directory::Match;
  const struct {
    const char* url;
    Match match;
    const char* path;
  } kCases[] = {{"/", Match::File, "index.html"},        {"/index.html", Match::File, "index.html"},
                {"/a/", Match::File, "a/index.html"},    {"/a", Match::Directory, nullptr},
                {"/a/b.css", Match::File, "a/b.css"},    {"/a-b", Match::File, "a-b"},
                {"/only", Match::Nothing, nullptr},      {"/only/deep", Match::Directory, nullptr},
                {"/only/", Match::Nothing, nullptr},     {"/b", Match::Nothing, nullptr},
                {"", Match::Nothing, nullptr},           {"index.html", Match::Nothing, nullptr},
                {"/index.htm", Match::Nothing, nullptr}, {"/index.html2", Match::Nothing, nullptr},
                {"/zzz", Match::Nothing, nullptr}};
  for (const auto& c : kCases) {
    const auto resolved = o.directory.resolve(c.url);
    EXPECT_EQ(resolved.match, c.match) << c.url;
    if (c.path != nullptr && resolved.entry != nullptr) {
      EXPECT_EQ(pack::Directory::path(*resolved.entry), c.path);
    }
  }
}

TEST(Pack, ChecksEachRun) {
  Opened o;
  open(o, pack::build(sample(), 1 << 20));
  EXPECT_EQ(o.directory.runs(), 7u);  // 100,000 bytes are two
  pack::Sums sums;
  const u64 at = (1ul + o.super.directory_blocks) * pack::kBlock;
  ASSERT_EQ(sums.open(o.super, std::span(o.bytes).subspan(at)), pack::Error::None);
  const pack::Entry& big = *o.directory.find("big", ".bin");
  const u64 first = u64{big.first_block} * pack::kBlock, run = u64{pack::kRunBlocks} * pack::kBlock;
  ASSERT_EQ(pack::file_blocks(big.length), 25u);
  EXPECT_TRUE(sums.intact(big.first_run, std::span(o.bytes).subspan(first, run)));
  EXPECT_TRUE(sums.intact(big.first_run + 1, std::span(o.bytes).subspan(first + run, 9 * pack::kBlock)));
  o.bytes[first + run + 1000] ^= 1;
  EXPECT_TRUE(sums.intact(big.first_run, std::span(o.bytes).subspan(first, run)));
  EXPECT_FALSE(sums.intact(big.first_run + 1, std::span(o.bytes).subspan(first + run, 9 * pack::kBlock)));
  o.bytes[at] ^= 1;
  EXPECT_EQ(sums.open(o.super, std::span(o.bytes).subspan(at)), pack::Error::BadSumsCrc);
}

// A file whose bytes and headroom fill its blocks, and one byte more.
TEST(Pack, CountsHeadroom) {
  EXPECT_EQ(pack::file_blocks(0), 0u);
  EXPECT_EQ(pack::file_blocks(1), 1u);
  EXPECT_EQ(pack::file_blocks(4096 - 512), 1u);
  EXPECT_EQ(pack::file_blocks(4096 - 511), 2u);
  EXPECT_EQ(pack::file_blocks(4096), 2u);
  EXPECT_EQ(pack::file_blocks(~0ul - 5000), (~0ul - 5000) / 4096 + 1);
  EXPECT_EQ(pack::file_runs(16 * 4096 - 512), 1u);
  EXPECT_EQ(pack::file_runs(16 * 4096 - 511), 2u);
}

TEST(Pack, EmptyIsFine) {
  Opened o;
  open(o, pack::build(std::vector<pack::File>{}, 1 << 20));
  EXPECT_EQ(o.directory.size(), 0u);
  EXPECT_EQ(o.directory.find("x"), nullptr);
  EXPECT_EQ(o.directory.resolve("/").match, pack::Directory::Match::Nothing);
}

TEST(Pack, RefusesWhatDoesNotFit) {
  EXPECT_THROW(pack::build({{"a", 0, bytes_of(9000, 1)}}, 5 * 4096), std::runtime_error);
  EXPECT_NO_THROW(pack::build({{"a", 0, bytes_of(9000, 1)}}, 6 * 4096));
}

TEST(Pack, RefusesBadPaths) {
  const std::string kLong(pack::kMaxPath + 1, 'x');
  for (const std::string path : {"", "/a", "a/", "a//b", "..", "a/../b", ".", kLong.c_str()})
    EXPECT_THROW(pack::build(one(path), 1 << 20), std::runtime_error) << path;
  EXPECT_THROW(pack::build(one(std::string("a\0b", 3)), 1 << 20), std::runtime_error);
  EXPECT_THROW(pack::build({pack::File{"a", 0, {}}, pack::File{"a", 1, {}}}, 1 << 20), std::runtime_error);
}

TEST(Pack, ReadsAFolder) {
  const fs::path root = fs::temp_directory_path() / ("pack_test." + std::to_string(::getpid()));
  fs::create_directories(root / "sub" / ".hidden");
  std::ofstream(root / "index.html") << "hello";
  std::ofstream(root / "sub" / "x.txt") << "x";
  std::ofstream(root / "sub" / ".hidden" / "secret") << "no";
  std::ofstream(root / ".dot") << "no";
  fs::create_symlink("index.html", root / "link.html");
  Opened o;
  open(o, pack::build(root, 1 << 20));
  EXPECT_EQ(o.directory.size(), 3u);
  EXPECT_NE(o.directory.find("sub/x.txt"), nullptr);
  EXPECT_NE(o.directory.find("link.html"), nullptr);
  EXPECT_EQ(o.directory.find("sub/.hidden/secret"), nullptr);
  fs::create_symlink("/etc/hostname", root / "out");
  EXPECT_THROW(pack::build(root, 1 << 20), std::runtime_error);
  fs::remove_all(root);
  EXPECT_THROW(pack::build(root, 1 << 20), std::runtime_error);
}

}  // namespace
