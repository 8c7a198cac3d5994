// SPDX-License-Identifier: MIT
// RttEstimator: the retransmission time-out from measured round trips (RFC 6298). One segment is
// timed at a time, and none that was sent twice (Karn's rule), unless timestamps tell which one was
// answered (RFC 7323, 4).
#pragma once
#include "tcp/sequence.hpp"
#include "tcp/settings.hpp"

namespace tcp {

class RttEstimator {
 public:
  void reset(const Settings& settings);
  u64 timeout() const { return timeout_; }
  u64 smoothed() const { return smoothed_; }  // 0 before the first sample
  // A segment that ends before `end` leaves for the first time; timed unless another one is.
  void sent(u64 now, u32 end);
  // The peer has all before `ack`. `echo_age`: how long ago, by its timestamp, that left which made it
  // answer; kForever: it has none.
  void acknowledged(u64 now, u32 ack, u64 echo_age, const Settings& settings);
  // Something is sent again: what is being timed is not to be trusted any more.
  void retransmitted() { trusted_ = false; }
  // The timer went off (5.5).
  void back_off(const Settings& settings);
  // The SYN had to be sent again (5.7).
  void set_timeout(u64 timeout) { timeout_ = timeout; }

 private:
  void sample(u64 time, const Settings& settings);

  u64 timeout_;
  u64 smoothed_;   // SRTT, 0 before the first sample
  u64 variation_;  // RTTVAR
  u64 began_;
  u32 end_;
  bool timing_;
  bool trusted_;  // what is timed was sent once
};

}  // namespace tcp
