// SPDX-License-Identifier: MIT
// Connection: the transmission control block (RFC 9293, 3.3.1), plain data that the engine's parts
// work on. A free one is all zero but for its generation; names are those of the RFC.
#pragma once
#include "tcp/receive_queue.hpp"
#include "tcp/rtt.hpp"
#include "tcp/scoreboard.hpp"
#include "tcp/send_queue.hpp"
#include "tcp/wheel.hpp"

namespace tcp {

enum class State : u8 {
  Closed = 0,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,  // only until the application has read everything; then a record of time_wait.hpp
};

// What the connection's timer is for; one is enough, as they exclude each other.
enum class Timer : u8 { None = 0, Retransmit, TailProbe, Persist, Expire, KeepAlive };

// Whether the last segment may be sent again in a recovery, for nothing that arrives later could tell
// of its loss (RFC 6675, NextSeg (4)): once, and not before something was repaired.
enum class Rescue : u8 { NotYet = 0, Allowed, Done };

// What is going on with what we have sent.
enum class Recovery : u8 {
  Open = 0,  // nothing is known to be lost
  Probing,   // nor now, but nothing was heard: a tail loss probe is out (RFC 8985, 7)
  Fast,      // a loss was noticed by what arrived after it (RFC 6675, RFC 6582)
  Timeout,   // the timer noticed it: all is sent again that the peer is not known to have
};

template <class Policy>
struct Connection : TimerLink {
  Flow flow;
  State state;
  Timer timer;
  Recovery recovery;
  Rescue rescue;
  u8 tries;             // transmissions without an answer
  u8 probes;            // of a closed window or a silent peer, in a row
  u8 more_acks;         // duplicate acknowledgements owed besides ack_now
  u8 unacked_segments;  // taken since our last acknowledgement
  u8 send_scale;        // by which the peer's windows are shifted
  u8 receive_scale;     // and ours
  bool half_open;       // counted by its listener
  bool owned;           // the application knows it and has not been told its end
  bool fin_wanted;      // the application has closed: FIN follows the last byte
  bool irs_known;       // the peer's SYN was taken: `receive` is in use
  bool fin_received;    // the peer's FIN was taken
  bool fin_early;       // the peer's FIN is at fin_sequence, but bytes before it are missing
  bool ack_now;         // owe an acknowledgement
  bool resend_first;    // send the segment at una again, whatever the windows say
  bool probe;           // send something into a closed window
  bool tail_probe;      // send a tail loss probe
  bool tail_new;        // and it was data that had not been sent before
  bool keep_probe;      // ask a silent peer whether it is there
  bool timestamps;      // agreed (RFC 7323)
  bool scaled;          // so are window scales
  bool sack;            // agreed (RFC 2018)
  bool dirty;           // in the engine's list of connections with something to do
  u32 generation;
  u32 next_dirty;      // index + 1
  u32 next_in_bucket;  // index + 1, 0 at the end; also the free list

  u32 iss, una, nxt, max;  // initial, first unacknowledged, next to send, end of what was ever sent
  u32 wnd, wl1, wl2;       // peer's window, scaled, and the segment that told it
  u32 max_wnd;             // the largest window it ever offered
  u32 mss;                 // payload that we may put into a segment, options taken off
  u32 irs;                 // the peer's initial
  u32 edge;                // right edge of the window that we offered
  u32 last_ack;            // what we acknowledged last: Last.ACK.sent
  u32 fin_sequence;
  u32 recover;  // end of what was sent when the loss was noticed
  u32 resent;   // in Fast: what lies before it and the peer does not have was sent again (HighRxt)
  u32 again;    // end of what was sent when something was sent again
  u32 tail;  // in Probing: where the probe ends. In Fast: before it all is lost, by the time that has passed
  u32 peak, peak_end;  // most that was in the network at once, until peak_end is acknowledged
  u32 duplicates;      // acknowledgements in a row that told nothing new
  u32 ts_recent;       // RFC 7323, 4.3
  u32 ts_offset;       // our timestamps are milliseconds from here
  u64 ts_recent_at;
  u64 timer_at;
  u64 ack_at;         // when a delayed acknowledgement is due, kForever
  u64 sent_at;        // last data segment
  u64 heard_at;       // last segment of the peer
  u64 challenged_at;  // last challenge acknowledgement

  net::Route route;  // to the peer

  SendQueue send;
  ReceiveQueue<Policy::kReceiveWindow, Policy::kReceiveBlock> receive;
  RttEstimator rtt;
  typename Policy::Congestion congestion;
  Scoreboard<Policy::kSackRanges> board;
  [[no_unique_address]] typename Policy::Attachment attachment;  // the application's

  // States in which the peer's and our sequence numbers are agreed.
  bool synchronized() const { return state >= State::Established; }
  // States in which data or FIN of ours may still be on its way.
  bool sending() const { return synchronized() && state != State::FinWait2 && state != State::TimeWait; }
};

}  // namespace tcp
