// SPDX-License-Identifier: MIT
// Slices: lets the plan (slice_plan.hpp) come true on every CPU.
#pragma once
#include <span>

#include "apps/root/child.hpp"

namespace root {

// Positions by CPU that an environment got.
struct SliceShare {
  u32 count[kMaxCpus] = {};
};

// Assigns every CPU's positions to the children, and to root what the manifest leaves it, at least
// one position of CPU 0. `shares` has an entry per child, in the same order.
Status assign_slices(const Machine& machine, std::span<const Child> children, std::span<SliceShare> shares);

}  // namespace root
