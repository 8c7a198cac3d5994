// SPDX-License-Identifier: MIT
#include "kernel/drivers/virtqueue.hpp"

#include "kernel/drivers/registers.hpp"

namespace drivers {
Descriptor Virtqueue::describe(const Piece& piece) {
  return {piece.physical, piece.length, piece.device_writes ? kFlagWrite : static_cast<u16>(0), 0};
}

void Virtqueue::init(u8* memory, u16 size) {
  descriptors_ = reinterpret_cast<Descriptor*>(memory);
  available_ = reinterpret_cast<AvailableRing*>(memory + kAvailable);
  used_ = reinterpret_cast<UsedRing*>(memory + kUsed);
  size_ = size;
  free_head_ = 0;
  free_count_ = size;
  next_available_ = next_used_ = 0;
  violations_ = 0;
  for (u16 i = 0; i < size; i++) {
    chain_[i] = 0;
    link_[i] = static_cast<u16>(i + 1);
  }
}

bool Virtqueue::add(const Piece* pieces, u32 count, u16* head) {
  if (count == 0 || count > free_count_) return false;
  u16 previous = 0;
  for (u32 i = 0; i < count; i++) {
    const u16 index = take_free();
    descriptors_[index] = describe(pieces[i]);
    if (i == 0) {
      *head = index;
    } else {
      descriptors_[previous].flags |= kFlagNext;
      descriptors_[previous].next = index;
      link_[previous] = index;
    }
    previous = index;
  }
  offer(*head, static_cast<u16>(count));
  return true;
}

void Virtqueue::fill_table(Descriptor* table, const Piece* pieces, u32 count) {
  for (u32 i = 0; i < count; i++) {
    table[i] = describe(pieces[i]);
    if (i + 1 == count) break;
    table[i].flags |= kFlagNext;
    table[i].next = static_cast<u16>(i + 1);
  }
}

bool Virtqueue::wants_notice() const {
  // The index is visible before the device's flag is read (2.6.13.4.1), or both sides could miss
  // each other.
  full_barrier();
  return (__atomic_load_n(&used_->flags, __ATOMIC_RELAXED) & kUsedNoNotify) == 0;
}

}  // namespace drivers
