// SPDX-License-Identifier: MIT
#include "tcp/congestion/newreno.hpp"

namespace tcp {

void NewReno::reset(u32 mss, u32 window) {
  mss_ = mss;
  window_ = window;
  threshold_ = kMostWindow;
  counted_ = 0;
}

void NewReno::grow(u64, u32 bytes, u64) {
  if (window_ >= kMostWindow) return;
  if (slow_start()) {
    window_ = slow_start_window(window_, threshold_, mss_, bytes);
    return;
  }
  counted_ += bytes;  // a segment for each window of bytes (RFC 3465, 2.1)
  if (counted_ < window_) return;
  counted_ -= window_;
  window_ += mss_;
}

void NewReno::lost(u64, u32 flight) {
  threshold_ = flight / 2 > 2 * mss_ ? flight / 2 : 2 * mss_;  // RFC 5681, (4)
  window_ = threshold_;
  counted_ = 0;
}

void NewReno::recovered(u32 flight) {
  const u32 careful = (flight > mss_ ? flight : mss_) + mss_;  // RFC 6582, 3.2, step 3: no burst
  window_ = careful < threshold_ ? careful : threshold_;
}

void NewReno::timed_out(u64, u32 flight) {
  threshold_ = flight / 2 > 2 * mss_ ? flight / 2 : 2 * mss_;
  window_ = mss_;
  counted_ = 0;
}

void NewReno::idle() {
  const u32 initial = initial_window(mss_);
  if (window_ > initial) window_ = initial;
}

}  // namespace tcp
