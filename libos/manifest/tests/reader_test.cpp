// SPDX-License-Identifier: MIT
// Nothing that a damaged manifest says is believed: each field out of range is refused.
#include "manifest/reader.hpp"

#include "abi/slice.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "abi/cap.hpp"

namespace manifest {
namespace {

struct Sample {
  Header header{};
  Env envs[2]{};
};

Sample sample() {
  Sample s;
  s.header.magic = kMagic;
  s.header.version = kVersion;
  s.header.env_count = 2;
  s.header.bytes = sizeof(Sample);
  s.header.memory = 128 << 20;
  s.header.disk = 64 << 20;
  s.header.cpus = 2;
  std::strcpy(s.header.name, "web");
  std::strcpy(s.envs[0].name, "root");
  std::strcpy(s.envs[0].program, "root");
  std::strcpy(s.envs[1].name, "web");
  std::strcpy(s.envs[1].program, "httpd");
  std::strcpy(s.envs[1].args, "x=1");
  s.envs[1].slice_claims = 1;
  s.envs[1].slices[0].count = 8;
  s.envs[1].extent = {256, 1024, abi::kRead, kSite};
  s.envs[1].network.flags = kNetwork;
  s.envs[1].network.prefix = 24;
  s.envs[1].network.receive.length = 4;
  return s;
}

TEST(Reader, GivesWhatIsThere) {
  const Sample s = sample();
  const auto opened = Reader::open(&s, sizeof s);
  ASSERT_TRUE(opened.ok());
  const Reader reader = opened.value();
  EXPECT_EQ(reader.envs().size(), 2u);
  EXPECT_EQ(reader.find("web"), &reader.envs()[1]);
  EXPECT_EQ(reader.find("we"), nullptr);
  EXPECT_EQ(reader.find("webb"), nullptr);
  EXPECT_STREQ(reader.find("web")->program, "httpd");
}

TEST(Reader, RefusesEveryLengthButItsOwn) {
  const Sample s = sample();
  std::vector<unsigned char> bytes(sizeof s + 8);
  std::memcpy(bytes.data(), &s, sizeof s);
  for (std::size_t length = 0; length < sizeof s; length += 7)
    EXPECT_FALSE(Reader::open(bytes.data(), length).ok()) << length;
  EXPECT_TRUE(Reader::open(bytes.data(), sizeof s).ok());
  EXPECT_FALSE(Reader::open(bytes.data(), sizeof s + 1).ok());
}

TEST(Reader, RefusesFieldsOutOfRange) {
  const std::vector<std::function<void(Sample&)>> mistakes = {
      [](Sample& s) { s.header.magic++; },
      [](Sample& s) { s.header.version++; },
      [](Sample& s) { s.header.env_count = 0; },
      [](Sample& s) { s.header.env_count = 0xffffffff; },
      [](Sample& s) { s.header.bytes++; },
      [](Sample& s) { s.header.name[0] = 0; },
      [](Sample& s) { std::memset(s.header.name, 'a', sizeof s.header.name); },
      [](Sample& s) { s.envs[1].borrow = abi::kMaxFrames + 1; },
      [](Sample& s) { s.envs[1].start_after = kMaxStartAfter + 1; },
      [](Sample& s) { s.envs[0].name[0] = 0; },
      [](Sample& s) { s.envs[1].name[0] = '\n'; },
      [](Sample& s) { std::memset(s.envs[1].name, 'a', sizeof s.envs[1].name); },
      [](Sample& s) { std::memcpy(s.envs[1].name, s.envs[0].name, sizeof s.envs[1].name); },
      [](Sample& s) { std::memset(s.envs[1].program, 'a', sizeof s.envs[1].program); },
      [](Sample& s) { std::memset(s.envs[1].args, 'a', sizeof s.envs[1].args); },
      [](Sample& s) { s.envs[1].frames = abi::kMaxFrames + 1; },
      [](Sample& s) { s.envs[1].capabilities = kAllCapabilities + 1; },
      [](Sample& s) { s.envs[1].slice_claims = kMaxSliceClaims + 1; },
      [](Sample& s) { s.envs[1].slices[0].count = 0; },
      [](Sample& s) { s.envs[1].slices[0].count = abi::kSlicePositions + 1; },
      [](Sample& s) { s.envs[1].slices[0].spread = 2; },
      [](Sample& s) { s.envs[1].idle = abi::kMaxIdleWeight + 1; },
      [](Sample& s) { s.envs[1].extent.first = 255; },
      [](Sample& s) { s.envs[1].extent.first = ~0ul; },
      [](Sample& s) { s.envs[1].extent.count = ~0ul; },
      [](Sample& s) { s.envs[1].extent.count = (64 << 20) / kExtentUnit - 255; },
      [](Sample& s) { s.envs[1].extent.rights = abi::kWrite; },
      [](Sample& s) { s.envs[1].extent.content = kRaw + 1; },
      [](Sample& s) { s.envs[1].network.flags = 32; },
      [](Sample& s) { s.envs[1].network.prefix = 33; },
      [](Sample& s) { s.envs[1].network.port = 65536; },
      [](Sample& s) { s.envs[1].network.receive.length = abi::kMaxFilterInsns + 1; },
      [](Sample& s) { s.envs[1].network.send.length = ~0u; },
  };
  for (std::size_t i = 0; i < mistakes.size(); i++) {
    Sample s = sample();
    mistakes[i](s);
    EXPECT_FALSE(Reader::open(&s, sizeof s).ok()) << "mistake " << i;
  }
}

}  // namespace
}  // namespace manifest
