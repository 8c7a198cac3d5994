// SPDX-License-Identifier: MIT
// SharedFrames: how many pages name a frame, for frames that more than one page names
// (copy-on-write). A fixed hash table with linear probing.
#pragma once
#include "base/result.hpp"
#include "vm/layout.hpp"

namespace vm {

class SharedFrames {
 public:
  static constexpr u32 kSlots = 1024;  // power of two

  // One more page names the frame; the first time makes it two. NoSpace when the table is full.
  base::Status share(u32 frame) {
    u32 slot = find(frame);
    if (slot != kSlots) {
      entries_[slot].pages++;
      return base::Status::Ok;
    }
    if (used_ >= kSlots / 4 * 3) return base::Status::NoSpace;
    for (slot = home(frame); entries_[slot].pages != 0; slot = next(slot)) {
    }
    entries_[slot] = {frame, 2};
    used_++;
    return base::Status::Ok;
  }

  // One page less names it. Answers how many are left: 0 if it was not shared.
  u32 drop(u32 frame) {
    const u32 slot = find(frame);
    if (slot == kSlots) return 0;
    if (--entries_[slot].pages == 1) erase(slot);
    return entries_[slot].frame == frame && entries_[slot].pages > 1 ? entries_[slot].pages : 1;
  }

  bool shared(u32 frame) const { return find(frame) != kSlots; }
  u32 count() const { return used_; }

 private:
  struct Entry {
    u32 frame;
    u32 pages;  // 0: free
  };
  static constexpr u32 home(u32 frame) { return (frame * 2654435761u) >> 22 & (kSlots - 1); }
  static constexpr u32 next(u32 slot) { return (slot + 1) & (kSlots - 1); }

  u32 find(u32 frame) const {
    for (u32 slot = home(frame); entries_[slot].pages != 0; slot = next(slot))
      if (entries_[slot].frame == frame) return slot;
    return kSlots;
  }

  // Closes the gap so that no probe sequence is cut (Knuth, vol. 3, 6.4, algorithm R).
  void erase(u32 hole) {
    used_--;
    u32 slot = hole;
    entries_[hole].pages = 0;
    for (;;) {
      slot = next(slot);
      if (entries_[slot].pages == 0) return;
      const u32 wanted = home(entries_[slot].frame);
      const bool stays = hole < slot ? (wanted > hole && wanted <= slot) : (wanted > hole || wanted <= slot);
      if (stays) continue;
      entries_[hole] = entries_[slot];
      entries_[slot].pages = 0;
      hole = slot;
    }
  }

  Entry entries_[kSlots] = {};
  u32 used_ = 0;
};

}  // namespace vm
