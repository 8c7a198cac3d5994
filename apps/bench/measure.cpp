// SPDX-License-Identifier: MIT
#include "apps/bench/measure.hpp"

#include "core/console.hpp"

namespace bench {

Meter::Meter(const Row& row) : row_(row) {}

// The middle of the sorted samples, and what a quarter of them lies below and above.
void Meter::report() {
  for (u32 i = 1; i < count_; i++) {
    const u64 value = cycles_[i];
    u32 at = i;
    for (; at > 0 && cycles_[at - 1] > value; at--) cycles_[at] = cycles_[at - 1];
    cycles_[at] = value;
  }
  const core::Clock& clock = core::clock();
  core::Line line;
  base::Text& text = line.text();
  text.put("row ").put(row_.name);
  if (row_.size != 0) text.put('-').dec(row_.size);
  text.put(" ops ").dec(row_.ops).put(" samples ").dec(count_);
  text.put(row_.kernel_only ? " count kernel" : " count all").put(" ns ");
  text.dec(clock.nanoseconds(cycles_[count_ / 2])).put(' ');
  text.dec(clock.nanoseconds(cycles_[count_ / 4])).put(' ');
  text.dec(clock.nanoseconds(cycles_[count_ - 1 - count_ / 4]));
}

}  // namespace bench
