// SPDX-License-Identifier: MIT
// TestChild: a small environment of the tests' own, with one page that both sides see.
#pragma once
#include "abi/notice.hpp"
#include "core/resources.hpp"

namespace selftest {
using namespace abi;

// The shared page, as child_code.S knows it.
struct ChildPage {
  u64 begun;   // times that it was entered at entry_begin
  u64 order;   // what it does next: see Order
  u64 code;    // for Order::Exit
  u64 reason;  // BeginReason of the last entry
  u64 spins;
  u64 notices;     // times that it was entered at entry_notice
  u64 free_count;  // frames that it gives back then
  u32 free[8];
  // What the notice page says by then: see abi/notice.hpp.
  u64 warned, repossessed;
  Warning warning;    // the last
  Repossessed taken;  // the last
};
// First word of a call to it: what it does there. Anything else: it answers with sums of the words.
inline constexpr u64 kCallAnswer = 1000;
inline constexpr u64 kCallSpin = 1001;       // for ever
inline constexpr u64 kCallUntilCode = 1002;  // until ChildPage::code is not 0
inline constexpr u64 kCallCount = 1003;      // adds 1 to ChildPage::spins
inline constexpr u64 kCallBrought = 1004;    // answers whether a capability came
inline constexpr u64 kCallSendBack = 1005;   // answers with that capability, rights in the third word

enum class Order : u64 { Yield = 0, Exit = 1, Fault = 2, Sleep = 3, Spin = 4 };

class TestChild {
 public:
  static constexpr u32 kSlot = 50;   // the tests' capability to it
  static constexpr u32 kShare = 51;  // and to the shared frame
  static constexpr u32 kQuota = 32;  // frames
  static constexpr u32 kWired = 8;   // of them

  ~TestChild();  // a test that failed leaves nothing behind for the next one

  // What it does at a slice end: the kernel saves it, or it stays there and overruns.
  enum class End { Saved, Overrun };
  // Makes it, ready to run; it has no slices and runs by directed yield.
  Status make(End end = End::Saved);
  // Destroys it if it lives, and takes everything back.
  Status unmake();
  volatile ChildPage& page() const { return *reinterpret_cast<volatile ChildPage*>(page_address_); }
  void order(Order what) const { page().order = static_cast<u64>(what); }
  u32 number() const { return number_; }

 private:
  Status make_once(End end);
  Status build(End end);
  Status share_page(u32 table);

  bool made_ = false;
  u32 number_ = kNone;
  u32 shared_frame_ = kNone;
  u64 page_address_ = 0;
};

}  // namespace selftest
