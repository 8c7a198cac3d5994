// SPDX-License-Identifier: MIT
// What the fuzzer does: each operation makes one valid call, or a few, from what the shadow holds, or spoils
// one argument of it and expects a refusal.
#pragma once
#include <span>

#include "apps/fuzzer/shadow.hpp"

namespace fuzzer {

struct Op {
  const char* name;
  u32 weight;  // how often, compared with the others
  void (*run)();
};

// By subject; each is a table at the end of the file of that name.
std::span<const Op> frame_ops();
std::span<const Op> table_ops();
std::span<const Op> lab_ops();
std::span<const Op> large_ops();
std::span<const Op> cap_ops();
std::span<const Op> env_ops();
std::span<const Op> reclaim_ops();
std::span<const Op> cpu_ops();
std::span<const Op> call_ops();
std::span<const Op> disk_ops();
std::span<const Op> extent_ops();
std::span<const Op> stretch_ops();  // only for the one that may manage a disk's table
std::span<const Op> net_ops();
std::span<const Op> pointer_ops();

// A number that is often at a border, and never in [low, high).
u64 outside(u64 low, u64 high);
u32 outside32(u32 low, u32 high);

// Random calls without a shadow, until this environment has harmed itself.
[[noreturn]] void run_raw(u64 calls);

// Slot of another environment, which may be empty.
u32 random_other();

// Answers calls from the others: a + b, c, d, caller.
void answer_calls();

}  // namespace fuzzer
