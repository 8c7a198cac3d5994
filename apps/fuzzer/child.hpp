// SPDX-License-Identifier: MIT
// The small environments that a fuzzing one makes: a page of text that yields, and answers calls.
#pragma once
#include "apps/fuzzer/shadow.hpp"

namespace fuzzer {

enum class ChildState : u32 { None, Embryo, Configured, Started, Dead };

struct Child {
  static constexpr u32 kFrames = 8;
  ChildState state = ChildState::None;
  u32 number = kNone;
  u32 frame_count = 0;
  u32 frames[kFrames] = {};  // allocated on its behalf, and not used
  u32 demanded = 0;          // quota that it was asked for, 0: nothing
  u32 demand_resource = 0;
  bool demand_forced = false;  // the deadline comes
};
inline constexpr u32 kChildCount = 2;
extern Child children[kChildCount];

// Gives the embryo in `slot` an address space and configures it. What fails leaves it an embryo.
void build_child(u32 slot, Child& child);

}  // namespace fuzzer
