// SPDX-License-Identifier: MIT
// Replacement policies: which resident page gives way when page `wanted` needs a frame. A policy is
// told when a page comes, is used (as far as the processor's accessed bits tell), and goes.
#pragma once
#include <span>

#include "pager/page.hpp"

namespace pager {

// Least recently used, by a list of the resident pages from the most to the least recent. What was
// used since the last fault is known by accessed bits, without an order among those pages.
class Lru {
 public:
  struct Links {
    u32 newer = kNone;
    u32 older = kNone;
  };
  static constexpr bool kWantsUse = true;

  Lru() = default;
  // `links`: one for each page, kept by the caller.
  explicit Lru(std::span<Links> links) : links_(links) {}

  void came(u32 page) { push(page); }
  void used(u32 page) {
    if (newest_ == page) return;
    unlink(page);
    push(page);
  }
  void went(u32 page) { unlink(page); }
  u32 victim([[maybe_unused]] u32 wanted, std::span<const Page>) const { return oldest_; }

 private:
  void push(u32 page) {
    links_[page] = {kNone, newest_};
    (newest_ != kNone ? links_[newest_].newer : oldest_) = page;
    newest_ = page;
  }
  void unlink(u32 page) {
    const Links l = links_[page];
    (l.newer != kNone ? links_[l.newer].older : newest_) = l.older;
    (l.older != kNone ? links_[l.older].newer : oldest_) = l.newer;
  }

  std::span<Links> links_;
  u32 newest_ = kNone;
  u32 oldest_ = kNone;
};

// For a program that goes through its pages round and round: the resident page whose turn comes last
// is the nearest one behind the wanted page (which is the most recently used one). No policy does
// better on such a scan (Belady 1966).
class Cyclic {
 public:
  static constexpr bool kWantsUse = false;
  void came(u32) {}
  void used(u32) {}
  void went(u32) {}
  u32 victim(u32 wanted, std::span<const Page> pages) const {
    const u32 count = static_cast<u32>(pages.size());
    for (u32 step = 1; step < count; step++) {
      const u32 page = (wanted + count - step) % count;
      if (pages[page].resident()) return page;
    }
    return kNone;
  }
};

// Gives no page up.
class Keep {
 public:
  static constexpr bool kWantsUse = false;
  void came(u32) {}
  void used(u32) {}
  void went(u32) {}
  u32 victim(u32, std::span<const Page>) const { return kNone; }
};

}  // namespace pager
