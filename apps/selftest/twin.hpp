// SPDX-License-Identifier: MIT
// Twin: an environment with a copy of this program, so that both ends of a call are whole library
// OSes: the callee is interrupted in its own work, takes calls on its call stack, and may be
// interrupted there too.
#pragma once
#include "core/resources.hpp"
#include "core/upcall.hpp"

namespace selftest {
using namespace abi;

class Twin {
 public:
  static constexpr u32 kSlot = 52;    // the tests' capability to it
  static constexpr u32 kQuota = 400;  // frames

  // What it does in a call: the first word of the arguments.
  enum class Request : u64 {
    Work = 0,  // spins `word[1]` rounds of floating point; answers word[2] + word[3]
    Exit = 1,  // ends in the call
  };
  // The reply: {word[2] + word[3], rounds of its own work, registers found wrong, the caller}.

  ~Twin();  // a test that failed leaves nothing behind for the next one

  Status make();
  Status unmake();  // ends it if it lives, and takes everything back
  u32 number() const { return number_; }

 private:
  bool made_ = false;
  u32 number_ = kNone;
};

// What the copy runs instead of the tests.
inline constexpr char kTwinArgs[] = "twin";
[[noreturn]] void twin_main();

}  // namespace selftest
