// SPDX-License-Identifier: MIT
// Connection: the transmission control block (RFC 9293, 3.3.1), plain data that the engine's parts
// work on. A free one is all zero; names are those of the RFC.
#pragma once
#include "net/types.hpp"
#include "tcp/congestion.hpp"
#include "tcp/receive_buffer.hpp"
#include "tcp/rtt.hpp"
#include "tcp/send_queue.hpp"

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
  TimeWait,
};

// What the connection's timer is for; one is enough, as they exclude each other.
enum class Timer : u8 { None = 0, Retransmit, Persist, Expire };

struct Connection {
  net::Address remote;
  u16 remote_port;
  u16 local_port;
  State state;
  Timer timer;
  u8 tries;             // transmissions without an answer
  bool half_open;       // counted by its listener
  bool owned;           // the application knows it and has not been told its end
  bool fin_wanted;      // the application has closed: FIN follows the last byte
  bool irs_known;       // the peer's SYN was taken: `receive` is in use
  bool fin_received;    // the peer's FIN was taken
  bool fin_early;       // the peer's FIN is at fin_sequence, but bytes before it are missing
  bool ack_now;         // owe an acknowledgement
  bool resend_first;    // send the segment at una again, whatever nxt is
  bool probe;           // send something into a closed window
  bool dirty;           // in the engine's list of connections with something to do
  u8 more_acks;         // duplicate acknowledgements owed besides ack_now
  u8 probes;            // of the closed window, in a row
  u8 unacked_segments;  // full segments taken since our last acknowledgement
  u16 generation;
  u16 next_dirty;      // index
  u16 next_in_bucket;  // index + 1, 0 at the end; also the free list

  u32 iss, una, nxt, max;  // initial, first unacknowledged, next to send, end of what was ever sent
  u32 wnd, wl1, wl2;       // peer's window, and the segment that told it
  u32 max_wnd;             // the largest window it ever offered
  u32 mss;                 // what we may put into a segment
  u32 irs;                 // the peer's initial
  u32 edge;                // right edge of the window that we offered
  u32 fin_sequence;
  u64 timer_at;
  u64 ack_at;         // when a delayed acknowledgement is due, kForever
  u64 sent_at;        // last data segment
  u64 challenged_at;  // last challenge acknowledgement
  u64 born_at;

  SendQueue send;
  ReceiveBuffer receive;
  RttEstimator rtt;
  Congestion congestion;

  // States in which the peer's and our sequence numbers are agreed.
  bool synchronized() const { return state >= State::Established; }
  // States in which data or FIN of ours may still be on its way.
  bool sending() const { return synchronized() && state != State::FinWait2 && state != State::TimeWait; }
};

}  // namespace tcp
