// SPDX-License-Identifier: MIT
// Process-context identifiers (Intel SDM Vol. 3A, 4.10.1): a CPU keeps the translations of several roots
// at once, so that a call between environments need not start with an empty TLB. One rule keeps the rest
// of the kernel from knowing: what is tagged is used again only if the hand-over clock stands where it
// stood when that tag was last flushed. The clock advances whenever an entry anywhere is emptied or
// narrowed, so every load of a root leaves no translation that is older than that load, with identifiers
// or without. Pure; each CPU has one.
#pragma once
#include "abi/types.hpp"

namespace arch {
using namespace abi;

class PcidCache {
 public:
  static constexpr u32 kCount = 8;         // roots; identifiers 1 to kCount (0 is the kernel's own root)
  static constexpr u64 kKeep = 1ul << 63;  // in what CR3 is written with: no flush

  // What to load CR3 with for the address space of `root` (physical, page aligned, not 0), at `clock`.
  constexpr u64 enter(u64 root, u64 clock) {
    for (u32 i = 0; i < kCount; i++) {
      if (spaces_[i].root != root) continue;
      const u64 keep = spaces_[i].clock == clock ? kKeep : 0;
      spaces_[i].clock = clock;
      return root | (i + 1) | keep;
    }
    const u32 victim = next_;
    next_ = (next_ + 1) % kCount;
    spaces_[victim] = {root, clock};
    return root | (victim + 1);
  }

  // The same for the one that is loaded, without its translations from before `clock`.
  constexpr u64 flush(u64 root, u64 clock) { return enter(root, clock) & ~kKeep; }

 private:
  struct Space {
    u64 root;   // 0: none
    u64 clock;  // when its identifier was last flushed
  };
  Space spaces_[kCount];
  u32 next_;  // the one to go next
};

}  // namespace arch
