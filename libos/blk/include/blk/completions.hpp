// SPDX-License-Identifier: MIT
// The two sides of a queue's bookkeeping, pure: Completions reads the completion ring by its phase
// bit (NVMe 1.4, 4.6), Tickets hands out command identifiers.
#pragma once
#include "abi/disk.hpp"

namespace blk {
using namespace abi;

class Completions {
 public:
  constexpr Completions() = default;
  // `ring` has kDiskDepth entries, all zero at first; the device writes them, we only read.
  explicit constexpr Completions(const volatile DiskCompletion* ring) : ring_(ring) {}

  // Takes the next completion if it is there.
  bool next(u16& id, bool& ok) {
    const volatile DiskCompletion& entry = ring_[head_];
    const u16 status = entry.status;  // the device writes it last
    if ((status & kDiskPhase) != phase_) return false;
    asm volatile("" : : : "memory");
    id = entry.id;
    ok = status >> 1 == 0;
    head_ = (head_ + 1) % kDiskDepth;
    if (head_ == 0) phase_ ^= kDiskPhase;
    return true;
  }

 private:
  const volatile DiskCompletion* ring_ = nullptr;
  u32 head_ = 0;
  u32 phase_ = kDiskPhase;
};

// Identifiers 0..kDiskDepth-1, kDiskDepth - 1 of them in use at most, each with a token of the
// caller's.
class Tickets {
 public:
  // False: none free.
  bool take(u64 token, u32& id) {
    if (in_use_ == kDiskDepth - 1) return false;
    for (id = 0; (used_ >> id & 1) != 0; id++) {
    }
    used_ |= 1ul << id;
    tokens_[id] = token;
    in_use_++;
    return true;
  }
  bool valid(u32 id) const { return id < kDiskDepth && (used_ >> id & 1) != 0; }
  // `id` is valid. Its token.
  u64 put(u32 id) {
    used_ &= ~(1ul << id);
    in_use_--;
    return tokens_[id];
  }
  u32 in_use() const { return in_use_; }

 private:
  u64 used_ = 0;
  u32 in_use_ = 0;
  u64 tokens_[kDiskDepth] = {};
};
static_assert(kDiskDepth == 64, "one bit per identifier");

}  // namespace blk
