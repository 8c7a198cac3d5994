// SPDX-License-Identifier: MIT
#include "tcp/congestion/cubic.hpp"

#include "net/types.hpp"

namespace tcp {
namespace {

// C = 0.4, beta = 0.7 (RFC 9438, 5.1 and 4.6)
constexpr u32 kBetaTenths = 7;
constexpr u64 kMostTime = 100'000;  // ms on either side of K: beyond, the curve is at its limits anyway

}  // namespace

u32 cube_root(u64 value) {
  u64 root = 0;
  for (u64 bit = u64{1} << 20; bit != 0; bit >>= 1) {
    const u64 next = root + bit;
    if (next * next * next <= value) root = next;
  }
  return static_cast<u32>(root);
}

void Cubic::reset(u32 mss, u32 window) {
  *this = {};
  mss_ = mss;
  window_ = window;
  threshold_ = kMostWindow;
}

// K = cbrt((W_max - cwnd) / C), in seconds and segments; here milliseconds and bytes.
void Cubic::begin_epoch(u64 now) {
  epoch_ = now;
  estimate_ = window_;
  fraction_ = est_fraction_ = 0;
  if (maximum_ <= window_) {
    maximum_ = window_;
    k_ = 0;
    return;
  }
  k_ = cube_root(u64{maximum_ - window_} * 2'500'000'000 / mss_);
}

u32 Cubic::curve(u64 ms) const {
  const bool over = ms >= k_;
  u64 distance = over ? ms - k_ : k_ - ms;
  if (distance > kMostTime) distance = kMostTime;
  const u64 cube = distance * distance * distance / 1'000'000;  // 10^-3 s^3
  const u64 change = cube * mss_ / 2500;                        // C * t^3 segments
  if (!over) return change < maximum_ ? static_cast<u32>(maximum_ - change) : 0;
  const u64 value = maximum_ + change;
  return value < kMostWindow ? static_cast<u32>(value) : kMostWindow;
}

void Cubic::grow(u64 now, u32 bytes, u64 rtt) {
  if (window_ >= kMostWindow) return;
  if (slow_start()) {
    window_ = slow_start_window(window_, threshold_, mss_, bytes);
    return;
  }
  if (epoch_ == 0) begin_epoch(now);
  // W_est grows by alpha segments a window: 3 (1 - beta) / (1 + beta) = 9/17, and 1 from cwnd_prior on
  // (4.3).
  const u64 alpha = estimate_ < prior_ ? 9 : 17;
  const u64 gained = est_fraction_ + alpha * bytes * mss_ / 17;
  estimate_ += static_cast<u32>(gained / window_);
  est_fraction_ = static_cast<u32>(gained % window_);
  const u64 elapsed = (now - epoch_) / net::kMillisecond;
  if (curve(elapsed) < estimate_) {
    if (window_ < estimate_) window_ = estimate_;
    return;
  }
  u64 target = curve(elapsed + rtt / net::kMillisecond);  // (4.4)
  if (target < window_) target = window_;
  if (target > window_ + window_ / 2) target = window_ + window_ / 2;
  const u64 step = fraction_ + (target - window_) * bytes;
  window_ += static_cast<u32>(step / window_);
  fraction_ = static_cast<u32>(step % window_);
}

// By the window, not by what was out (4.6 lets choose): a peer or a card that tells of many segments at once
// makes that small at times, and a window that is not used does not grow (Engine::new_ack).
void Cubic::reduce() {
  prior_ = window_;
  // Fast convergence (4.7): who has less than last time leaves room for who came later.
  maximum_ = window_ < maximum_ ? static_cast<u32>(u64{window_} * (10 + kBetaTenths) / 20) : window_;
  const u32 part = static_cast<u32>(u64{window_} * kBetaTenths / 10);
  threshold_ = part > 2 * mss_ ? part : 2 * mss_;
  epoch_ = 0;
}

void Cubic::lost(u64, u32) {
  reduce();
  window_ = threshold_;
}

// RFC 6582, 3.2, step 3, (2): for the same reason.
void Cubic::recovered(u32) { window_ = threshold_; }

void Cubic::timed_out(u64, u32) {
  reduce();
  window_ = mss_;
}

void Cubic::idle() {
  const u32 initial = initial_window(mss_);
  if (window_ > initial) window_ = initial;
  epoch_ = 0;  // the time in between is not time of growth (RFC 9438, 5.8)
}

}  // namespace tcp
