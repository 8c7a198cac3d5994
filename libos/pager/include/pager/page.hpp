// SPDX-License-Identifier: MIT
// What the pager knows about one of its pages.
#pragma once
#include "abi/types.hpp"

namespace pager {
using namespace abi;

struct Page {
  u32 frame = kNone;    // kNone: not in memory
  bool stored = false;  // the disk has a copy, which is current while the page is clean
  constexpr bool resident() const { return frame != kNone; }
};

}  // namespace pager
