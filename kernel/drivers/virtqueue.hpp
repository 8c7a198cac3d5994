// SPDX-License-Identifier: MIT
// The driver's side of a split virtqueue (virtio 1.1, 2.6), on memory that it is given: no device
// registers, no allocation. Chains are added, made visible together by publish(), and come back from
// pop() in whatever order the device likes. What the device writes is checked before use.
#pragma once
#include "abi/types.hpp"

namespace drivers {
using namespace abi;

// One stretch of physical memory of a request.
struct Piece {
  u64 physical = 0;
  u32 length = 0;
  bool device_writes = false;  // in a chain, those that the device only reads come first
};

struct Descriptor {
  u64 address;
  u32 length;
  u16 flags;
  u16 next;
};
static_assert(sizeof(Descriptor) == 16);

class Virtqueue {
 public:
  static constexpr u16 kMaxSize = 256;
  // Memory layout: a page each for descriptors, available ring and used ring.
  static constexpr u32 kPages = 3;
  static constexpr u64 kAvailable = kPageSize;
  static constexpr u64 kUsed = 2 * kPageSize;

  // `memory`: kPages zeroed, page-aligned pages. `size`: a power of two up to kMaxSize.
  void init(u8* memory, u16 size);

  // Adds a chain of 1..size pieces. `head` names it until pop() gives it back. False when there are
  // not enough descriptors: nothing was added then.
  bool add(const Piece* pieces, u32 count, u16* head);
  // The same with the chain in a table of `count` descriptors at `physical` (2.6.5.3; only if
  // VIRTIO_F_RING_INDIRECT_DESC was agreed): takes one descriptor whatever the count.
  bool add_table(u64 physical, u32 count, u16* head) {
    if (count == 0 || free_count_ == 0) return false;
    *head = take_free();
    descriptors_[*head] = {physical, count * static_cast<u32>(sizeof(Descriptor)), kFlagIndirect, 0};
    offer(*head, 1);
    return true;
  }
  static void fill_table(Descriptor* table, const Piece* pieces, u32 count);
  // Entry `index` of such a table: a piece that the device reads, and whether another one follows.
  static void put(Descriptor* table, u32 index, u64 physical, u32 length, bool more) {
    table[index] = {physical, length, more ? kFlagNext : u16{0}, static_cast<u16>(index + 1)};
  }

  // Everything added so far is the device's from here on.
  void publish() {
    // Descriptors and ring entries are visible before the index that covers them (2.6.13.3.1).
    __atomic_store_n(&available_->index, next_available_, __ATOMIC_RELEASE);
  }
  // After publish(): whether the device wants to be notified.
  bool wants_notice() const;

  // Takes back one finished chain; `written` is how many bytes the device says it wrote.
  bool pop(u16* head, u32* written) {
    if (!pop_kept(head, written)) return false;
    release(*head);
    return true;
  }
  bool has_used() const { return __atomic_load_n(&used_->index, __ATOMIC_ACQUIRE) != next_used_; }
  // The same for a chain that is added again as it is: before anything else is popped, with add_again().
  bool pop_kept(u16* head, u32* written) {
    // At most `size` entries can be new: each step either gives one back or counts a violation.
    for (u16 i = 0; i < size_ && has_used(); i++) {
      const volatile UsedElement& entry = used_->ring[next_used_ & (size_ - 1)];
      const u32 id = entry.id;
      *written = entry.length;
      next_used_++;
      if (id < size_ && chain_[id] != 0) {
        *head = static_cast<u16>(id);
        return true;
      }
      violations_++;
    }
    return false;
  }
  void add_again(u16 head) { offer(head, chain_[head]); }

  u16 free_descriptors() const { return free_count_; }
  u16 size() const { return size_; }
  u8* memory() const { return reinterpret_cast<u8*>(descriptors_); }  // as init() was given
  u32 violations() const { return violations_; }                      // things that the device must not do

 private:
  static constexpr u16 kFlagNext = 1;  // 2.6.5
  static constexpr u16 kFlagWrite = 2;
  static constexpr u16 kFlagIndirect = 4;
  static constexpr u16 kUsedNoNotify = 1;  // 2.6.8

  struct AvailableRing {
    u16 flags;
    u16 index;
    u16 ring[kMaxSize];
  };
  struct UsedElement {
    u32 id;
    u32 length;
  };
  struct UsedRing {
    u16 flags;
    u16 index;
    UsedElement ring[kMaxSize];
  };

  static Descriptor describe(const Piece& piece);
  u16 take_free() {
    const u16 index = free_head_;
    free_head_ = link_[index];
    free_count_--;
    return index;
  }
  void offer(u16 head, u16 count) {
    chain_[head] = count;
    available_->ring[next_available_ & (size_ - 1)] = head;
    next_available_++;
  }
  void release(u16 head) {
    u16 last = head;
    for (u16 i = 1; i < chain_[head]; i++) last = link_[last];
    free_count_ = static_cast<u16>(free_count_ + chain_[head]);
    link_[last] = free_head_;
    free_head_ = head;
    chain_[head] = 0;
  }

  Descriptor* descriptors_ = nullptr;
  AvailableRing* available_ = nullptr;
  UsedRing* used_ = nullptr;
  u16 size_ = 0;
  u16 free_head_ = 0;
  u16 free_count_ = 0;
  u16 next_available_ = 0;  // what available_->index becomes with publish()
  u16 next_used_ = 0;
  u32 violations_ = 0;
  u16 chain_[kMaxSize] = {};  // by head: descriptors in the chain, 0 if it is not the device's
  u16 link_[kMaxSize] = {};   // by descriptor: next in its chain or in the free list
};

}  // namespace drivers
