// SPDX-License-Identifier: MIT
// EarlyRanges: which bytes came before their turn. The range that was touched last comes first, as
// SACK wants it told (RFC 2018, 4).
#pragma once
#include "tcp/sequence.hpp"

namespace tcp {

class EarlyRanges {
 public:
  static constexpr u32 kRanges = 8;  // gaps that can be open at a time; further early data is dropped

  void reset() { count_ = 0; }
  u32 count() const { return count_; }
  Range at(u32 i) const { return range_[i]; }
  // Whether add(range) has room.
  bool fits(Range range) const;
  void add(Range range);
  // Where the bytes from `next` on end now; takes out what that covers.
  u32 advance(u32 next);
  // The end of the last range, `next` if there is none.
  u32 highest(u32 next) const;

 private:
  static bool touch(Range a, Range b) { return !before(a.end, b.begin) && !before(b.end, a.begin); }
  void remove(u32 i);

  Range range_[kRanges];  // apart from each other
  u32 count_;
};

}  // namespace tcp
