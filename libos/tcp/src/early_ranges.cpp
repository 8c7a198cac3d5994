// SPDX-License-Identifier: MIT
#include "tcp/early_ranges.hpp"

namespace tcp {

bool EarlyRanges::fits(Range range) const {
  if (count_ < kRanges) return true;
  for (const Range& r : range_)
    if (touch(r, range)) return true;
  return false;
}

void EarlyRanges::remove(u32 i) {
  for (; i + 1 < count_; i++) range_[i] = range_[i + 1];
  count_--;
}

void EarlyRanges::add(Range range) {
  for (u32 i = 0; i < count_;) {
    if (!touch(range_[i], range)) {
      i++;
      continue;
    }
    range = {earlier(range.begin, range_[i].begin), later(range.end, range_[i].end)};
    remove(i);
  }
  for (u32 i = count_++; i > 0; i--) range_[i] = range_[i - 1];
  range_[0] = range;
}

u32 EarlyRanges::advance(u32 next) {
  for (u32 i = 0; i < count_;) {
    if (after(range_[i].begin, next)) {
      i++;
      continue;
    }
    next = later(next, range_[i].end);
    remove(i);
    i = 0;
  }
  return next;
}

u32 EarlyRanges::highest(u32 next) const {
  for (u32 i = 0; i < count_; i++) next = later(next, range_[i].end);
  return next;
}

}  // namespace tcp
