// SPDX-License-Identifier: MIT
// Cubic: how much may be in the network, as a cubic function of the time since the last loss (RFC
// 9438), in integers: bytes and milliseconds. The interface is NewReno's.
#pragma once
#include "tcp/congestion/newreno.hpp"

namespace tcp {

class Cubic {
 public:
  void reset(u32 mss, u32 window);
  u32 window() const { return window_; }
  u32 threshold() const { return threshold_; }
  bool slow_start() const { return window_ < threshold_; }

  void grow(u64 now, u32 bytes, u64 rtt);
  void lost(u64 now, u32 flight);
  void recovered(u32 flight);
  void timed_out(u64 now, u32 flight);
  void idle();
  void set_mss(u32 mss) { mss_ = mss; }

  // W_cubic (RFC 9438, (1)) `ms` milliseconds after the epoch began.
  u32 curve(u64 ms) const;

 private:
  void reduce();
  void begin_epoch(u64 now);

  u64 epoch_;  // when congestion avoidance began, 0: not yet
  u64 k_;      // milliseconds until the window is maximum_ again
  u32 mss_;
  u32 window_;
  u32 threshold_;
  u32 maximum_;   // W_max
  u32 prior_;     // cwnd_prior: window before the loss
  u32 estimate_;  // W_est: what NewReno would have
  u32 fraction_;  // bytes acknowledged that have not yet made a byte of window
  u32 est_fraction_;
};

// The largest n with n * n * n <= value.
u32 cube_root(u64 value);

}  // namespace tcp
