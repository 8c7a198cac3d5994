// SPDX-License-Identifier: MIT
// The device's side of a split virtqueue (virtio 1.1, 2.6), written from the specification apart from
// the driver: it reads the rings by byte offset.
#pragma once
#include <cstring>
#include <vector>

#include "kernel/drivers/virtqueue.hpp"

class DeviceRing {
 public:
  using u8 = abi::u8;
  using u16 = abi::u16;
  using u32 = abi::u32;
  using u64 = abi::u64;

  DeviceRing(u8* memory, u16 size) : memory_(memory), size_(size) {}

  // Heads that the driver made available since the last call.
  std::vector<u16> take() {
    std::vector<u16> heads;
    const u16 index = load16(drivers::Virtqueue::kAvailable + 2);
    for (; seen_ != index; seen_++)
      heads.push_back(load16(drivers::Virtqueue::kAvailable + 4 + 2 * (seen_ % size_)));
    return heads;
  }

  // The chain behind `head` in the descriptor table at `table` (the ring's own by default).
  std::vector<drivers::Piece> chain(u16 head) const { return chain(memory_, head); }
  static std::vector<drivers::Piece> chain(const u8* table, u16 head) {
    std::vector<drivers::Piece> pieces;
    for (u32 i = 0; i < 300; i++) {
      drivers::Descriptor d;
      std::memcpy(&d, table + 16 * head, 16);
      pieces.push_back({d.address, d.length, (d.flags & 2) != 0});
      if ((d.flags & 1) == 0) return pieces;
      head = d.next;
    }
    return {};  // a loop
  }
  u16 flags(u16 head) const { return load16(16 * head + 12); }

  void finish(u32 head, u32 written) {
    const u64 at = drivers::Virtqueue::kUsed + 4 + 8 * (used_ % size_);
    std::memcpy(memory_ + at, &head, 4);
    std::memcpy(memory_ + at + 4, &written, 4);
    set_used_index(static_cast<u16>(used_ + 1));
  }
  void set_used_index(u16 index) {
    used_ = index;
    std::memcpy(memory_ + drivers::Virtqueue::kUsed + 2, &used_, 2);
  }
  void set_no_notify(bool on) { memory_[drivers::Virtqueue::kUsed] = on ? 1 : 0; }

 private:
  u16 load16(u64 offset) const {
    u16 value;
    std::memcpy(&value, memory_ + offset, 2);
    return value;
  }

  u8* memory_;
  u16 size_;
  u16 seen_ = 0;
  u16 used_ = 0;
};
