// SPDX-License-Identifier: MIT
// NewReno: how much may be in the network, by slow start and additive increase (RFC 5681, RFC 6582).
// Which segments are lost is not decided here (recovery does that), only what a loss costs. Bytes.
//
// A congestion control is a trivial class with these members: policy.hpp names one.
#pragma once
#include "tcp/sequence.hpp"

namespace tcp {

inline constexpr u32 kMostWindow = 1u << 30;  // no window is ever larger: sums do not overflow

// RFC 6928, 2: at the beginning.
constexpr u32 initial_window(u32 mss) {
  const u32 bytes = 2 * mss > 14600 ? 2 * mss : 14600;
  return 10 * mss < bytes ? 10 * mss : bytes;
}

// What slow start makes of an acknowledgement of `bytes`: all of it, up to eight segments for one (RFC
// 9406, 4.2, for senders without pacing; RFC 3465). A receiver that joins segments before it looks at them
// acknowledges dozens at once; with RFC 5681's one segment for each acknowledgement the window would hardly
// grow then. Never beyond `threshold`.
constexpr u32 slow_start_window(u32 window, u32 threshold, u32 mss, u32 bytes) {
  const u32 step = bytes < 8 * mss ? bytes : 8 * mss;
  return step < threshold - window ? window + step : threshold;
}

class NewReno {
 public:
  void reset(u32 mss, u32 window);
  u32 window() const { return window_; }        // cwnd
  u32 threshold() const { return threshold_; }  // ssthresh
  bool slow_start() const { return window_ < threshold_; }

  // `bytes` more have arrived, outside of recovery, while the window was what held us back.
  void grow(u64 now, u32 bytes, u64 rtt);
  // A loss was noticed while `flight` bytes were out: the window until it is repaired.
  void lost(u64 now, u32 flight);
  // It is repaired, and `flight` bytes are still out.
  void recovered(u32 flight);
  // The retransmission timer went off, for the first time since something was acknowledged.
  void timed_out(u64 now, u32 flight);
  // Nothing was sent for longer than the time-out (RFC 5681, 4.1).
  void idle();
  void set_mss(u32 mss) { mss_ = mss; }

 private:
  u32 mss_;
  u32 window_;
  u32 threshold_;
  u32 counted_;  // bytes acknowledged towards the next step of congestion avoidance
};

}  // namespace tcp
