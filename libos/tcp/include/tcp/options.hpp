// SPDX-License-Identifier: MIT
// Options: the numbers of TCP that an application may want to choose, with their defaults and where
// these come from. Times are nanoseconds.
#pragma once
#include "net/types.hpp"

namespace tcp {

using namespace abi;
using net::kMillisecond;
using net::kSecond;

struct Options {
  u64 key[2] = {};                    // secret and random per boot: initial sequence numbers (RFC 6528)
  u64 rto_initial = 1 * kSecond;      // RFC 6298, 2.1
  u64 rto_min = 300 * kMillisecond;   // RFC 6298 says 1 s for clocks of 500 ms; ours is exact, and 300 ms
                                      // is above the delayed ACKs of all known peers (200 ms)
  u64 rto_max = 60 * kSecond;         // RFC 6298, 2.5
  u64 ack_delay = 40 * kMillisecond;  // RFC 1122, 4.2.3.2: below 500 ms
  u64 time_wait = 60 * kSecond;       // twice the maximum segment lifetime
  u64 finish_wait = 60 * kSecond;     // for the peer's FIN after ours, while nothing arrives
  u64 challenge_interval = 250 * kMillisecond;  // per connection, between challenge ACKs (RFC 5961, 7)
  u8 data_tries = 9;         // transmissions of one segment before the peer is given up: > 100 s
  u8 syn_tries = 5;          // of our SYN
  u8 syn_ack_tries = 4;      // of our SYN-ACK: a half-open connection lives 15 s
  u8 initial_segments = 10;  // RFC 6928
};

}  // namespace tcp
