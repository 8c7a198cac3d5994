// SPDX-License-Identifier: MIT
// RttEstimator: the retransmission time-out from measured round trips (RFC 6298). One segment is
// timed at a time, and none that was sent twice (Karn's rule).
#pragma once
#include "tcp/options.hpp"
#include "tcp/sequence.hpp"

namespace tcp {

class RttEstimator {
 public:
  void reset(const Options& options);
  u64 timeout() const { return timeout_; }
  // A segment that ends before `end` leaves for the first time; timed unless another one is.
  void sent(u64 now, u32 end);
  // The peer has all before `ack`.
  void acknowledged(u64 now, u32 ack, const Options& options);
  // Something is sent again: what is being timed is not to be trusted any more.
  void retransmitted() { timing_ = false; }
  // The timer went off (5.5).
  void back_off(const Options& options);
  // The SYN had to be sent again (5.7).
  void set_timeout(u64 timeout) { timeout_ = timeout; }

 private:
  u64 timeout_;
  u64 smoothed_;   // SRTT, 0 before the first sample
  u64 variation_;  // RTTVAR
  u64 began_;
  u32 end_;
  bool timing_;
};

}  // namespace tcp
