// SPDX-License-Identifier: MIT
// Congestion: how much may be in the network: slow start, congestion avoidance, fast retransmit
// (RFC 5681) and NewReno's fast recovery (RFC 6582). Bytes throughout.
#pragma once
#include "tcp/sequence.hpp"

namespace tcp {

class Congestion {
 public:
  void reset(u32 mss, u32 initial_segments, u32 sequence);
  u32 window() const { return window_; }
  u32 threshold() const { return threshold_; }
  bool recovering() const { return recovering_; }

  // `ack` acknowledged `bytes` new ones. True: a partial acknowledgement, the segment at `ack` is
  // missing too and must be sent again now. `flight`: bytes still in the network.
  bool acknowledged(u32 ack, u32 bytes, u32 flight);
  // A duplicate acknowledgement of `una`; `max` is the end of what was sent. True: send the segment
  // at `una` again now.
  bool duplicate(u32 una, u32 max);
  // The retransmission timer went off.
  void timed_out(u32 max, u32 flight);
  // Nothing was in the network for longer than the time-out (RFC 5681, 4.1).
  void idle();

 private:
  u32 mss_;
  u32 window_;     // cwnd
  u32 threshold_;  // ssthresh
  u32 initial_;
  u32 recover_;  // end of what was sent when the loss was noticed
  u32 duplicates_;
  bool recovering_;
};

}  // namespace tcp
