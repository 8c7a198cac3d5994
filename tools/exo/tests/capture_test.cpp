// SPDX-License-Identifier: MIT
// From QEMU's dump to a file with an interface for each environment.
#include <gtest/gtest.h>

#include <cstring>

#include "capture.hpp"
#include "filter.hpp"
#include "qemu.hpp"

namespace exo {
namespace {

manifest::Filter filter_of(const std::string& expression) {
  manifest::Filter filter{};
  const auto compiled = compile_filter(expression);
  filter.length = static_cast<std::uint32_t>(compiled.code.size());
  std::copy(compiled.code.begin(), compiled.code.end(), filter.code);
  return filter;
}

std::vector<Watched> two_envs() {
  return {{"a", filter_of("arp or ip dst host 10.0.2.15"), filter_of("ip src host 10.0.2.15")},
          {"b", filter_of("arp or ip dst host 10.0.2.16"), filter_of("ip src host 10.0.2.16")}};
}

// An IPv4 frame of 60 bytes, from the guest's card or to it.
ByteVector ip_frame(bool sent, std::uint8_t from, std::uint8_t to) {
  ByteVector frame(60);
  frame[0] = 0x52;
  std::memcpy(frame.data() + (sent ? 6 : 0), kMacBytes, sizeof kMacBytes);
  frame[12] = 8;
  frame[14] = 0x45;
  const std::uint8_t ends[] = {10, 0, 2, from, 10, 0, 2, to};
  std::memcpy(frame.data() + 26, ends, sizeof ends);
  return frame;
}

ByteVector arp_to_all() {
  ByteVector frame(60);
  std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
  frame[12] = 8;
  frame[13] = 6;
  return frame;
}

void put32(ByteVector& to, std::uint32_t value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  to.insert(to.end(), bytes, bytes + 4);
}

ByteVector dump_of(const std::vector<ByteVector>& frames) {
  ByteVector dump(24);
  for (const ByteVector& frame : frames) {
    put32(dump, 1000);
    put32(dump, 7);
    put32(dump, static_cast<std::uint32_t>(frame.size()));
    put32(dump, static_cast<std::uint32_t>(frame.size()));
    dump.insert(dump.end(), frame.begin(), frame.end());
  }
  return dump;
}

TEST(Capture, FramesOfADump) {
  ByteVector dump = dump_of({ip_frame(true, 15, 2), arp_to_all()});
  ASSERT_EQ(read_dump(dump).size(), 2u);
  EXPECT_EQ(read_dump(dump)[0].microseconds, 1000000007u);
  EXPECT_EQ(read_dump(dump)[0].length, 60u);
  dump.pop_back();  // QEMU was ended in the middle
  EXPECT_EQ(read_dump(dump).size(), 1u);
  EXPECT_TRUE(read_dump({}).empty());
}

TEST(Capture, HeadersThatHostAndCardExchangeAreTakenOff) {
  ByteVector one = ip_frame(false, 2, 15), other = arp_to_all();
  one.insert(one.begin(), 12, std::uint8_t{0});
  other.insert(other.begin(), 12, std::uint8_t{1});
  const auto frames = read_dump(dump_of({one, other}));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes, ip_frame(false, 2, 15));
  EXPECT_EQ(frames[1].bytes, arp_to_all());
  EXPECT_EQ(frames[1].length, 60u);
}

TEST(Capture, EachFrameToItsEnvironment) {
  const auto envs = two_envs();
  const auto owners = [&](const ByteVector& bytes) {
    return owners_of({0, static_cast<std::uint32_t>(bytes.size()), bytes}, envs);
  };
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(owners(ip_frame(true, 16, 2)).envs, Indices{1});
  EXPECT_TRUE(owners(ip_frame(true, 16, 2)).sent);
  EXPECT_EQ(owners(ip_frame(false, 2, 15)).envs, Indices{0});
  EXPECT_FALSE(owners(ip_frame(false, 2, 15)).sent);
  EXPECT_EQ(owners(arp_to_all()).envs, (Indices{0, 1}));  // received by both
  EXPECT_TRUE(owners(ip_frame(false, 2, 17)).envs.empty());
  EXPECT_TRUE(owners(ByteVector(5)).envs.empty());
}

TEST(Capture, TheFileHasWholeBlocks) {
  const ByteVector file =
      split_capture(dump_of({ip_frame(true, 15, 2), arp_to_all(), ByteVector(61)}), two_envs());
  std::vector<std::uint32_t> types;
  for (std::size_t at = 0; at < file.size();) {
    std::uint32_t type = 0, length = 0, again = 0;
    std::memcpy(&type, &file[at], 4);
    std::memcpy(&length, &file[at + 4], 4);
    ASSERT_TRUE(length % 4 == 0 && length >= 12 && length <= file.size() - at);
    std::memcpy(&again, &file[at + length - 4], 4);
    EXPECT_EQ(length, again);
    types.push_back(type);
    at += length;
  }
  EXPECT_EQ(types, (std::vector<std::uint32_t>{0x0a0d0d0a, 1, 1, 1, 6, 6, 6, 6}));
}

}  // namespace
}  // namespace exo
