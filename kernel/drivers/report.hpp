// SPDX-License-Identifier: MIT
// Pieces of the lines that drivers write about their devices.
#pragma once
#include "abi/ledger.hpp"
#include "base/text.hpp"

namespace drivers {
using namespace abi;

// "disk 0": the topic of a device's line.
class DeviceTopic {
 public:
  DeviceTopic(const char* kind, u16 number) {
    base::Text(text_, sizeof text_ - 1).put(kind).put(' ').dec(number);
  }
  const char* text() const { return text_; }

 private:
  char text_[12] = {};
};

// ", 64 MiB in blocks of 512 bytes"
inline void put_capacity(const DeviceEntry& entry, base::Text& text) {
  const u64 bytes = entry.blocks * entry.block_size;
  const bool small = bytes < 10ul << 20;
  text.put(", ").dec(small ? bytes >> 10 : bytes >> 20).put(small ? " KiB" : " MiB");
  text.put(" in blocks of ").dec(entry.block_size).put(" bytes");
}

}  // namespace drivers
