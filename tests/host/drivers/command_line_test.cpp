// SPDX-License-Identifier: MIT
#include "kernel/drivers/command_line.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using abi::u32;
using abi::u64;

struct Device {
  u64 address;
  u32 gsi;
  bool operator==(const Device&) const = default;
};

std::vector<Device> devices_of(const char* line) {
  std::vector<Device> all;
  drivers::MmioBlock block;
  while (drivers::next_mmio_device(&line, &block)) all.push_back({block.address, block.gsi});
  return all;
}

TEST(CommandLine, WhatMicrovmWrites) {
  const char* line =
      "console=ttyS0 virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=512@0xfeb00c00:11";
  EXPECT_EQ(devices_of(line), (std::vector<Device>{{0xfeb00e00, 12}, {0xfeb00c00, 11}}));
}

TEST(CommandLine, WhatFirecrackerWrites) {
  EXPECT_EQ(devices_of("reboot=k virtio_mmio.device=4K@0xd0000000:5 panic=1"),
            (std::vector<Device>{{0xd0000000, 5}}));
}

TEST(CommandLine, DecimalAddressAndIdentifier) {
  EXPECT_EQ(devices_of("virtio_mmio.device=0x200@4096:7:3"), (std::vector<Device>{{4096, 7}}));
}

TEST(CommandLine, NothingThere) {
  EXPECT_TRUE(devices_of("").empty());
  EXPECT_TRUE(devices_of("   ").empty());
  EXPECT_TRUE(devices_of("quiet root=/dev/vda").empty());
}

TEST(CommandLine, MalformedWordsArePassedOver) {
  const char* bad[] = {
      "virtio_mmio.device=",
      "virtio_mmio.device=512",
      "virtio_mmio.device=512@",
      "virtio_mmio.device=512@0x:5",
      "virtio_mmio.device=512@0xfeb00000",
      "virtio_mmio.device=512@0xfeb00000:",
      "virtio_mmio.device=512@0:5",
      "virtio_mmio.device=512@0x1000:5x",
      "virtio_mmio.device=512@0x1000:5:",
      "virtio_mmio.device=512@0x1000:70000",
      "xvirtio_mmio.device=512@0x1000:5",
      "virtio_mmio.device=512@0x10000000000000000:5",
      "virtio_mmio.device=99999999999999999999@0x1000:5",
  };
  for (const char* word : bad) {
    EXPECT_TRUE(devices_of(word).empty()) << word;
    const std::string line = std::string(word) + " virtio_mmio.device=512@0x2000:6";
    EXPECT_EQ(devices_of(line.c_str()), (std::vector<Device>{{0x2000, 6}})) << word;
  }
}

}  // namespace
