// SPDX-License-Identifier: MIT
// The window: the part of the address space that vm manages. 2 GiB from L4 slot 1 on, apart from the
// program, its stack and the start page, which root built.
#pragma once
#include "abi/cap.hpp"
#include "abi/frame.hpp"
#include "abi/types.hpp"

namespace vm {
using namespace abi;

inline constexpr u64 kWindow = 1ul << 39;
inline constexpr u64 kWindowPages = 2ul << 30 >> kPageShift;
inline constexpr u32 kBlocks = kWindowPages / kTableEntries;  // pieces of 2 MiB: one Table1 each
inline constexpr u32 kGigabytes = kWindowPages >> 18;         // one Table2 each

// Block 0 holds the page records themselves, one page of them for every two blocks.
inline constexpr u64 kFirstPage = kTableEntries;

constexpr bool in_window(u64 address) {
  return address >= kWindow && address < kWindow + (kWindowPages << kPageShift);
}
// Number of the page within the window.
constexpr u64 page_index(u64 address) { return (address - kWindow) >> kPageShift; }
constexpr u64 page_address(u64 index) { return kWindow + (index << kPageShift); }

// What vm knows about one page of the window: 0 when nothing is mapped there.
struct PageRecord {
  u32 bits;
  static constexpr u32 kMapped = 1u << 31;
  static constexpr u32 kCopyOnWrite = 1u << 30;  // mapped read-only, to be copied when written
  static constexpr u32 kOwned = 1u << 29;        // vm allocated the frame and frees it
  static constexpr u32 kFrame = kMaxFrames - 1;
  constexpr bool mapped() const { return (bits & kMapped) != 0; }
  constexpr bool copy_on_write() const { return (bits & kCopyOnWrite) != 0; }
  constexpr bool owned() const { return (bits & kOwned) != 0; }
  constexpr u32 frame() const { return bits & kFrame; }
};

}  // namespace vm
