// SPDX-License-Identifier: MIT
// Settings: the numbers of TCP that may be chosen while it runs, with their defaults and where these
// come from. What decides about code and memory is in policy.hpp. Times are nanoseconds.
#pragma once
#include "tcp/flow.hpp"

namespace tcp {

using net::kMillisecond;
using net::kSecond;

struct Settings {
  Key key = {};                       // secret and random per boot: RFC 6528, SYN cookies, tables
  u64 rto_initial = 1 * kSecond;      // RFC 6298, 2.1
  u64 rto_min = 300 * kMillisecond;   // RFC 6298 says 1 s for clocks of 500 ms; ours is exact, and 300 ms
                                      // is above the delayed ACKs of all known peers (200 ms)
  u64 probe_min = 10 * kMillisecond;  // of silence before a tail loss probe: RFC 8985, 7.2 waits two round
                                      // trips, which here may be less than a host's scheduler takes
  u64 rto_max = 60 * kSecond;         // RFC 6298, 2.5
  u64 ack_delay = 40 * kMillisecond;  // RFC 1122, 4.2.3.2: below 500 ms
  u64 time_wait = 60 * kSecond;       // twice the maximum segment lifetime
  u64 finish_wait = 60 * kSecond;     // for the peer's FIN after ours, while nothing arrives
  u64 challenge_interval = 250 * kMillisecond;  // per connection, between challenge ACKs (RFC 5961, 7)
  u64 keep_idle = 0;                            // silence before keep-alive probes; 0: none are sent
  u64 keep_interval = 75 * kSecond;             // between them (RFC 1122, 4.2.3.6)
  u8 keep_tries = 9;                            // unanswered ones before the peer is given up
  u8 data_tries = 9;       // transmissions of one segment before the peer is given up: > 100 s
  u8 syn_tries = 5;        // of our SYN
  u8 syn_ack_tries = 4;    // of our SYN-ACK: a half-open connection lives 15 s
  u32 resets = 1000;       // most per second that answer segments of no connection
  u16 port_first = 49152;  // ours when we begin: RFC 6335, 6. Another share for each CPU's engine
  u16 port_count = 16384;
  u16 mss_clamp = 0xffff;  // segments are never larger, whatever card and peer say
  // To measure what they are worth; nobody but a bench turns them off.
  bool predict = true;  // short ways for segments that are as expected, in and out
  bool merge = true;    // acknowledgement, all pieces of data and FIN in one segment where they fit
};

}  // namespace tcp
