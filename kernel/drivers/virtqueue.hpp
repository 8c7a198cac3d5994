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
  bool add_table(u64 physical, u32 count, u16* head);
  static void fill_table(Descriptor* table, const Piece* pieces, u32 count);

  // Everything added so far is the device's from here on.
  void publish();
  // After publish(): whether the device wants to be notified.
  bool wants_notice() const;

  // Takes back one finished chain; `written` is how many bytes the device says it wrote.
  bool pop(u16* head, u32* written);
  bool has_used() const;

  u16 free_descriptors() const { return free_count_; }
  u16 size() const { return size_; }
  u8* memory() const { return reinterpret_cast<u8*>(descriptors_); }  // as init() was given
  u32 violations() const { return violations_; }                      // things that the device must not do

 private:
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

  u16 take_free();
  void offer(u16 head, u16 count);
  void release(u16 head);

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
