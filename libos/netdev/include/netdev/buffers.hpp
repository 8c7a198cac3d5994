// SPDX-License-Identifier: MIT
// Buffers: the packet headers' memory, in fixed sizes out of DMA pages: many small ones and a few
// that hold a whole packet. Free ones are a list through themselves.
#pragma once
#include "abi/net.hpp"

namespace netdev {
using namespace abi;

inline constexpr u32 kSmallBytes = 128;
inline constexpr u32 kLargeBytes = 2048;

class Buffers {
 public:
  // Cuts `small_pages` and then `large_pages` at `memory`, page aligned, into buffers.
  void start(u8* memory, u32 small_pages, u32 large_pages) {
    large_from_ = memory + small_pages * kPageSize;
    cut(small_, memory, small_pages, kSmallBytes);
    cut(large_, large_from_, large_pages, kLargeBytes);
  }

  // One of at least `size` <= kLargeBytes bytes within one page; nullptr: none is free.
  u8* take(u32 size) {
    if (size > kLargeBytes) return nullptr;
    Free*& list = size <= kSmallBytes ? small_ : large_;
    Free* first = list;
    if (first == nullptr) return nullptr;
    list = first->next;
    return reinterpret_cast<u8*>(first);
  }

  void give_back(u8* buffer) {
    Free*& list = buffer < large_from_ ? small_ : large_;
    auto* free = reinterpret_cast<Free*>(buffer);
    free->next = list;
    list = free;
  }

 private:
  struct Free {
    Free* next;
  };
  void cut(Free*& list, u8* memory, u32 pages, u32 size) {
    for (u64 at = pages * kPageSize; at >= size; at -= size) {
      auto* free = reinterpret_cast<Free*>(memory + at - size);
      free->next = list;
      list = free;
    }
  }

  Free* small_ = nullptr;
  Free* large_ = nullptr;
  u8* large_from_ = nullptr;
};

}  // namespace netdev
