// SPDX-License-Identifier: MIT
// A completion ring in the form of NVMe 1.4 (4.6), for whoever writes or reads it: entries appear in order,
// and the phase bit, which changes with every pass, tells the reader which are new.
#pragma once
#include "abi/disk.hpp"

namespace drivers {
using namespace abi;

// Status field without the phase bit: status code in bits 1..8, code type in 9..11 (NVMe 1.4, 4.6.1).
inline constexpr u16 kStatusSuccess = 0;
inline constexpr u16 kStatusInternalError = 0x06 << 1;
inline constexpr u16 kStatusAborted = 0x07 << 1;  // the device had to be freed from it

class CompletionRing {
 public:
  constexpr CompletionRing() = default;
  // Writes one entry into `ring`, kDiskDepth of them, which somebody may be polling: the status
  // with its phase bit becomes visible last.
  void post(DiskCompletion* ring, u16 queue, u16 id, u16 status) {
    DiskCompletion& entry = ring[next_];
    entry.result = 0;
    entry.reserved = 0;
    entry.sq_head = 0;
    entry.sq_id = queue;
    entry.id = id;
    __atomic_store_n(&entry.status, static_cast<u16>(status | phase_), __ATOMIC_RELEASE);
    advance();
  }

  // Where a device writes the ring itself: the next entry if it has, nullptr if not.
  const DiskCompletion* find(const DiskCompletion* ring) const {
    const DiskCompletion& entry = ring[next_];
    return (__atomic_load_n(&entry.status, __ATOMIC_ACQUIRE) & kDiskPhase) == phase_ ? &entry : nullptr;
  }
  void advance() {
    if (++next_ == kDiskDepth) {
      next_ = 0;
      phase_ ^= kDiskPhase;
    }
  }
  u16 next() const { return next_; }

 private:
  u16 next_ = 0;
  u16 phase_ = kDiskPhase;
};

}  // namespace drivers
