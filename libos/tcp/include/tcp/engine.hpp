// SPDX-License-Identifier: MIT
// Engine: TCP (RFC 9293) over a net::Stack. Data to send stays where the application has it: the
// engine keeps references, sends from them, and sends again from them, until the peer has
// acknowledged; then it gives the reference back by its token. Nothing is sent from inside a call
// other than poll(), except answers that belong to no connection, so that what several packets and
// calls bring about leaves in as few packets as possible.
//
// Use: after each batch of received packets, and after each round of application work, call poll()
// and sleep no longer than it says.
#pragma once
#include <optional>
#include <span>

#include "net/stack.hpp"
#include "tcp/connection.hpp"
#include "tcp/options.hpp"
#include "tcp/segment.hpp"
#include "tcp/storage.hpp"
#include "tcp/table.hpp"

namespace tcp {

// Names a connection until `closed` is reported, or abort() or a failed call ends it. A stale id is
// recognised and refused by every call.
struct ConnectionId {
  u16 index = 0xffff;  // 0..Storage::kConnections-1: dense, for the application's own tables
  u16 generation = 0;
  friend constexpr bool operator==(ConnectionId, ConnectionId) = default;
};

// Why a connection ended.
enum class Reason : u8 {
  Finished,  // both sides have closed and all data has arrived
  Reset,     // the peer reset it, or refused it
  TimedOut,  // the peer did not answer
};

// What the engine tells the application. A callback may call any function of the engine but input()
// and poll().
struct Events {
  void* context = nullptr;
  // A connection to a listening port is established; or one by connect() is.
  void (*opened)(void* context, u64 now, ConnectionId id, u16 local_port) = nullptr;
  // There is new data to read, or the peer has closed its side (see readable, finished).
  void (*readable)(void* context, u64 now, ConnectionId id) = nullptr;
  // The peer has all of what was sent with `token`, or the connection is ending: the memory is the
  // application's again. Comes once for every send() that was taken, in the order of sending.
  void (*released)(void* context, u64 now, ConnectionId id, u64 token) = nullptr;
  // The connection is over; all its references have been released. Does not come after abort().
  void (*closed)(void* context, u64 now, ConnectionId id, Reason reason) = nullptr;
};

// Events of an object with members opened, readable, released and closed of the same shape.
template <class Application>
constexpr Events events_of(Application& application) {
  return {&application,
          [](void* a, u64 now, ConnectionId id, u16 port) {
            static_cast<Application*>(a)->opened(now, id, port);
          },
          [](void* a, u64 now, ConnectionId id) { static_cast<Application*>(a)->readable(now, id); },
          [](void* a, u64 now, ConnectionId id, u64 token) {
            static_cast<Application*>(a)->released(now, id, token);
          },
          [](void* a, u64 now, ConnectionId id, Reason reason) {
            static_cast<Application*>(a)->closed(now, id, reason);
          }};
}

struct Counters {
  u64 segments_in, segments_out, bytes_in, bytes_out;
  u64 bad_checksum, bad_segment, no_connection, resets_in, resets_out;
  u64 opened_passive, opened_active, closed, half_open_dropped, table_full;
  u64 retransmitted, fast_retransmits, timeouts, probes, challenges, out_of_order;
};

inline constexpr u32 kListeners = 8;

class Engine {
 public:
  constexpr Engine() = default;

  // Takes over the stack's TCP packets. `stack`, what `storage` views and what `events` names must
  // outlive the engine.
  void start(net::Stack& stack, const StorageView& storage, const Events& events, const Options& options);

  // Accepts connections to `port`, at most `backlog` (>= 1) half-open at a time: beyond that the
  // oldest half-open one makes room. False: already listening there, or kListeners are.
  bool listen(u16 port, u32 backlog);
  // Begins a connection; `opened` or `closed` tells what came of it. Nothing: the table is full or
  // all ports are in use.
  std::optional<ConnectionId> connect(u64 now, net::Address to, u16 port);

  // Queues bytes, which must stay as they are until `released` gives `token` back. False: nothing
  // taken (no room, see send_room; empty piece; closed for sending; stale id).
  bool send(ConnectionId id, const net::Piece& piece, u64 token);
  u32 send_room(ConnectionId id) const;  // how many more send() would be taken
  // The first run of received bytes; valid until consume() or the next input(). Empty: nothing now.
  std::span<const u8> readable(ConnectionId id) const;
  void consume(ConnectionId id, u32 count);  // at most readable().size()
  // Whether the peer has closed its side and everything was consumed.
  bool finished(ConnectionId id) const;
  // No more will be sent: FIN follows what is queued. Reading goes on; `closed` comes at the end.
  void close(ConnectionId id);
  // Ends it at once with a reset. Its references are released before this returns; no `closed`.
  void abort(ConnectionId id);
  net::Address peer(ConnectionId id) const;
  u16 peer_port(ConnectionId id) const;

  // The payload of an IPv4 packet; start() has the stack call it.
  void input(u64 now, const net::Received& packet);
  // Sends what is due, runs the timers, and answers when to call again at the latest.
  u64 poll(u64 now);

  const Counters& counters() const { return counters_; }
  u32 connections() const { return table_.used(); }  // half-open and TIME-WAIT ones included

 private:
  struct Listener {
    u16 port;  // 0: free
    u32 backlog;
    u32 half_open;
  };
  // What a segment brought about, told to the application when the segment is dealt with.
  struct Outcome {
    bool opened = false, readable = false, ended = false;
    Reason reason = Reason::Finished;
  };

  // engine.cpp: ids, lists, endings
  Connection* alive(ConnectionId id);   // known to the table, and not just ending
  Connection* lookup(ConnectionId id);  // and the application's
  const Connection* lookup(ConnectionId id) const;
  ConnectionId id_of(const Connection& c) const { return {table_.index(c), c.generation}; }
  Listener* listener(u16 port);
  void mark(Connection& c);
  void unmark(Connection& c);
  void arm(Connection& c, Timer timer, u64 at);
  void delay_ack(Connection& c, u64 at);
  void release(u64 now, Connection& c);
  void end(u64 now, Connection& c, Reason reason);
  void free(Connection& c);
  void tell(u64 now, Connection& c, const Outcome& outcome);
  void tell_finished(u64 now, Connection& c);

  // passive.cpp, input.cpp, input_ack.cpp, input_data.cpp: received segments (RFC 9293, 3.10.7)
  bool make_room(const Listener& listener);
  void passive_open(u64 now, Listener& listener, const Segment& segment, u32 at_least);
  void fill(Connection& c, const Segment& segment);
  void input_unknown(u64 now, const Segment& segment, u32 at_least);
  void input_syn_sent(u64 now, Connection& c, const Segment& segment, Outcome& outcome);
  void input_synchronized(u64 now, Connection& c, Segment& segment, Outcome& outcome);
  void input_time_wait(u64 now, Connection& c, const Segment& segment);
  bool input_syn(u64 now, Connection& c, Segment& segment);
  void establish(u64 now, Connection& c, const Segment& segment, Outcome& outcome);
  bool acknowledge(u64 now, Connection& c, const Segment& segment, Outcome& outcome);
  void new_ack(u64 now, Connection& c, const Segment& segment, Outcome& outcome);
  void fin_acknowledged(u64 now, Connection& c, Outcome& outcome);
  void duplicate_ack(Connection& c, const Segment& segment);
  void update_window(Connection& c, const Segment& segment);
  void take_data(u64 now, Connection& c, const Segment& segment, Outcome& outcome);
  void take_fin(u64 now, Connection& c, Outcome& outcome);
  void enter_time_wait(u64 now, Connection& c);
  void challenge(u64 now, Connection& c);

  // output.cpp: sent segments. False: the link is busy.
  bool output(u64 now, Connection& c);
  bool output_data(u64 now, Connection& c);
  bool send_segment(u64 now, Connection& c, u32 sequence, u32 length, u8 flags);
  void account(u64 now, Connection& c, u32 sequence, u32 end, bool data);
  bool transmit(u64 now, net::Address to, const SegmentHeader& header, std::span<const net::Piece> pieces);
  void reply_reset(u64 now, const Segment& segment);
  u16 offer_window(Connection& c) const;
  u32 window_growth(const Connection& c) const;

  // timers.cpp
  void run_timers(u64 now);
  void timer_fired(u64 now, Connection& c);
  void retransmit(u64 now, Connection& c);
  void probe_window(u64 now, Connection& c);

  net::Stack* stack_ = nullptr;
  Table table_;
  Events events_;
  Options options_;
  Listener listeners_[kListeners] = {};
  u64 now_ = 0;                           // of the last input or poll
  u64 next_deadline_ = 0;                 // no timer goes off before
  u16 dirty_first_ = 0, dirty_last_ = 0;  // index + 1; 0: empty
  u16 next_port_ = 0;
  Counters counters_ = {};
};

}  // namespace tcp
