// SPDX-License-Identifier: MIT
#include "tcp/congestion.hpp"

namespace tcp {
namespace {

constexpr u32 kMost = 1u << 30;  // far above any window there is: sums do not overflow
constexpr u32 kDuplicates = 3;   // RFC 5681, 3.2

}  // namespace

void Congestion::reset(u32 mss, u32 initial_segments, u32 sequence) {
  mss_ = mss;
  window_ = initial_ = initial_segments * mss;
  threshold_ = kMost;
  recover_ = sequence;
  duplicates_ = 0;
  recovering_ = false;
}

bool Congestion::acknowledged(u32 ack, u32 bytes, u32 flight) {
  duplicates_ = 0;
  if (recovering_) {
    if (!before(ack, recover_)) {  // all that was out when the loss was noticed (RFC 6582, 3.2, step 3)
      recovering_ = false;
      const u32 careful = (flight > mss_ ? flight : mss_) + mss_;
      window_ = careful < threshold_ ? careful : threshold_;
      return false;
    }
    window_ -= bytes < window_ - mss_ ? bytes : window_ - mss_;  // deflate, keep at least a segment
    if (bytes >= mss_) window_ += mss_;
    return true;
  }
  if (window_ >= kMost) return false;
  if (window_ < threshold_) {
    window_ += bytes < mss_ ? bytes : mss_;  // slow start
  } else {
    const u32 step = static_cast<u32>(u64{mss_} * mss_ / window_);
    window_ += step != 0 ? step : 1;
  }
  return false;
}

bool Congestion::duplicate(u32 una, u32 max) {
  if (recovering_) {
    if (window_ < kMost) window_ += mss_;  // a segment has left the network
    return false;
  }
  if (++duplicates_ != kDuplicates) return false;
  if (!after(una, recover_)) return false;  // still the same loss (RFC 6582, 3.2, step 1)
  const u32 flight = max - una;
  threshold_ = flight / 2 > 2 * mss_ ? flight / 2 : 2 * mss_;
  window_ = threshold_ + kDuplicates * mss_;
  recover_ = max;
  recovering_ = true;
  return true;
}

void Congestion::timed_out(u32 max, u32 flight) {
  threshold_ = flight / 2 > 2 * mss_ ? flight / 2 : 2 * mss_;
  window_ = mss_;
  recover_ = max;
  recovering_ = false;
  duplicates_ = 0;
}

void Congestion::idle() {
  if (window_ > initial_) window_ = initial_;
}

}  // namespace tcp
