// SPDX-License-Identifier: MIT
#include "kernel/drivers/virtqueue.hpp"

#include "kernel/drivers/registers.hpp"

namespace drivers {
namespace {

constexpr u16 kFlagNext = 1;  // 2.6.5
constexpr u16 kFlagWrite = 2;
constexpr u16 kFlagIndirect = 4;
constexpr u16 kUsedNoNotify = 1;  // 2.6.8

Descriptor describe(const Piece& piece) {
  return {piece.physical, piece.length, piece.device_writes ? kFlagWrite : static_cast<u16>(0), 0};
}

}  // namespace

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

u16 Virtqueue::take_free() {
  const u16 index = free_head_;
  free_head_ = link_[index];
  free_count_--;
  return index;
}

void Virtqueue::offer(u16 head, u16 count) {
  chain_[head] = count;
  available_->ring[next_available_ & (size_ - 1)] = head;
  next_available_++;
}

void Virtqueue::release(u16 head) {
  u16 last = head;
  for (u16 i = 1; i < chain_[head]; i++) last = link_[last];
  free_count_ = static_cast<u16>(free_count_ + chain_[head]);
  link_[last] = free_head_;
  free_head_ = head;
  chain_[head] = 0;
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

bool Virtqueue::add_table(u64 physical, u32 count, u16* head) {
  if (count == 0 || free_count_ == 0) return false;
  *head = take_free();
  descriptors_[*head] = {physical, count * static_cast<u32>(sizeof(Descriptor)), kFlagIndirect, 0};
  offer(*head, 1);
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

void Virtqueue::publish() {
  // Descriptors and ring entries are visible before the index that covers them (2.6.13.3.1).
  __atomic_store_n(&available_->index, next_available_, __ATOMIC_RELEASE);
}

bool Virtqueue::wants_notice() const {
  // The index is visible before the device's flag is read (2.6.13.4.1), or both sides could miss
  // each other.
  full_barrier();
  return (__atomic_load_n(&used_->flags, __ATOMIC_RELAXED) & kUsedNoNotify) == 0;
}

bool Virtqueue::has_used() const { return __atomic_load_n(&used_->index, __ATOMIC_ACQUIRE) != next_used_; }

bool Virtqueue::pop(u16* head, u32* written) {
  // At most `size` entries can be new: each step either gives one back or counts a violation.
  for (u16 i = 0; i < size_ && has_used(); i++) {
    const volatile UsedElement& entry = used_->ring[next_used_ & (size_ - 1)];
    const u32 id = entry.id;
    *written = entry.length;
    next_used_++;
    if (id >= size_ || chain_[id] == 0) {
      violations_++;
      continue;
    }
    *head = static_cast<u16>(id);
    release(*head);
    return true;
  }
  return false;
}

}  // namespace drivers
