// SPDX-License-Identifier: MIT
// Child: the smallest environment there is, a page of text without a library OS. It gives up the CPU
// whenever it gets it, and answers calls at once.
#pragma once
#include "base/result.hpp"
#include "core/start.hpp"

namespace bench {
using namespace abi;
using base::Result;
using base::Status;

class Child {
 public:
  static constexpr u32 kSlot = 50;  // the bench's capability to it

  static Result<Child> make();  // runs by directed yield: it has no slices
  Status unmake() const;
};

}  // namespace bench
