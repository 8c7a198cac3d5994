// SPDX-License-Identifier: MIT
// Engine: TCP (RFC 9293) over a net::Stack. Data to send stays where the application has it: the
// engine keeps references, sends from them, and sends again from them, until the peer has
// acknowledged; then it gives the reference back by its token. Nothing is sent from inside a call
// other than poll(), except answers that belong to no connection, so that what several packets and
// calls bring about leaves in as few packets as possible. No globals: one engine for each CPU.
//
// Use: after each batch of received packets, and after each round of application work, call poll()
// and sleep no longer than it says.
#pragma once
#include <optional>
#include <span>

#include "net/stack.hpp"
#include "tcp/cookie.hpp"
#include "tcp/events.hpp"
#include "tcp/segment.hpp"
#include "tcp/settings.hpp"
#include "tcp/storage.hpp"
#include "tcp/table.hpp"

namespace tcp {

inline constexpr u32 kListeners = 8;

template <class Policy = DefaultPolicy>
class Engine {
 public:
  constexpr Engine() = default;

  // Takes over the stack's TCP packets. `stack`, `memory` (zero; a Storage is one) and what `events` names
  // must outlive the engine.
  void start(net::Stack& stack, const Memory<Policy>& memory, const Events& events, const Settings& settings);

  // Accepts connections to `port`, at most `backlog` (>= 1) half-open at a time: beyond that, SYNs are
  // answered with cookies, or dropped if the policy has none. False: already listening there, or
  // kListeners are.
  bool listen(u16 port, u32 backlog);
  // New connections to `port` are refused from now on; those that are open stay.
  void stop_listening(u16 port);
  // Begins a connection; `opened` or `closed` tells what came of it. Nothing: the table is full or
  // all ports are in use.
  std::optional<ConnectionId> connect(u64 now, net::IpAddress to, u16 port);

  // Queues bytes, which must stay as they are until `released` gives `token` back. False: nothing
  // taken (no room, see send_room; empty piece; closed for sending; stale id).
  bool send(ConnectionId id, const net::Piece& piece, u64 token);
  u32 send_room(ConnectionId id) const;  // how many more send() would be taken
  // Bytes that may be on their way, by the peer's window and by congestion control. 0: a stale id.
  u32 send_window(ConnectionId id) const;
  // The first run of received bytes; valid until consume() or the end of the callback. Empty: nothing.
  std::span<const u8> readable(ConnectionId id) const;
  void consume(ConnectionId id, u32 count);  // at most readable().size()
  // Whether the peer has closed its side and everything was consumed.
  bool finished(ConnectionId id) const;
  // No more will be sent: FIN follows what is queued. Reading goes on; `closed` comes at the end. One that
  // connect() began and nobody has answered yet is over at once, as by abort().
  void close(ConnectionId id);
  // Ends it at once with a reset. Its references are released before this returns; no `closed`.
  void abort(ConnectionId id);
  net::IpAddress peer(ConnectionId id) const;
  u16 peer_port(ConnectionId id) const;

  // The payload of an IP packet, and an ICMP error about one of ours; start() has the stack call them.
  void input(u64 now, const net::Received& packet);
  void path_error(u64 now, const net::PathError& error);
  // Sends what is due, runs the timers, and answers when to call again at the latest.
  u64 poll(u64 now);

  // What the policy attaches to a connection by its index: all zero in a new one, and there until `closed`
  // or abort() returns. slots() is above all indices that were ever used.
  typename Policy::Attachment& attachment(u32 index) { return table_.at(index).attachment; }
  ConnectionId id_at(u32 index) { return id_of(table_.at(index)); }
  u32 slots() const { return table_.touched(); }

  const Counters& counters() const { return counters_; }
  u32 connections() const { return table_.used(); }  // half-open ones included, TIME-WAIT not
  u32 waiting() const { return waiting_.count(); }   // in TIME-WAIT
  u32 free_blocks() const { return blocks_.free(); }
  u32 free_pieces() const { return pieces_.free(); }
  // For tests: the control block behind an id, nullptr if it is stale.
  const Connection<Policy>* inspect(ConnectionId id) const { return const_cast<Engine*>(this)->alive(id); }

 private:
  using Block = Connection<Policy>;
  struct Listener {
    u16 port;  // 0: free
    u32 backlog;
    u32 half_open;
  };
  // What a segment brought about, told to the application when the segment is dealt with.
  struct Outcome {
    bool opened = false, ended = false;
    Reason reason = Reason::Finished;
  };
  // A segment to send: where in the sequence, bytes of data at most, and flags; PSH and FIN come by
  // themselves. When it has left, `end` is its last sequence number but one.
  struct Part {
    u32 sequence, length;
    u8 flags = kAck;
    u32 end = 0;
  };
  static constexpr u32 kWindow = Policy::kReceiveWindow;
  static constexpr u8 kScale = [] {
    u8 scale = 0;
    while ((kWindow >> scale) > 0xffff) scale++;
    return scale;
  }();

  // impl/application.hpp, impl/lists.hpp: ids, lists, endings
  Block* alive(ConnectionId id);   // known to the table, and not just ending
  Block* lookup(ConnectionId id);  // and the application's
  const Block* lookup(ConnectionId id) const { return const_cast<Engine*>(this)->lookup(id); }
  ConnectionId id_of(const Block& c) const { return {table_.index(c), c.generation}; }
  Listener* listener(u16 port);
  void mark(Block& c);
  void unmark(Block& c);
  void arm(Block& c, Timer timer, u64 at);
  void delay_ack(Block& c, u64 at);
  void set_wheel(Block& c);
  void release(u64 now, Block& c);
  void end(u64 now, Block& c, Reason reason);
  void free(Block& c);
  void leave_half_open(Block& c);
  bool tell_finished(u64 now, Block& c);

  // impl/open.hpp: connections that begin
  Block* begin(u64 now, const Flow& flow, u32 iss, u32 ts_offset);
  void passive_open(u64 now, Listener& listener, const Segment& segment, u32 at_least);
  void answer_with_cookie(u64 now, const Segment& segment);
  bool open_by_cookie(u64 now, const Segment& segment);
  void fill(Block& c, const Segment& segment);
  void agree(Block& c, const HeaderOptions& theirs);
  u32 payload_limit(const Block& c, u32 theirs) const;
  void establish(u64 now, Block& c, const Segment& segment, Outcome& outcome);

  // impl/input.hpp, input_ack.hpp, input_data.hpp, unknown.hpp: segments (RFC 9293, 3.10.7)
  void input_unknown(u64 now, const Segment& segment, u32 at_least);
  bool input_waiting(u64 now, Waiting& waiting, const Segment& segment, u32& at_least);
  void answer_waiting(u64 now, Waiting& waiting, bool challenge);
  void input_connection(u64 now, Block& c, Segment& segment);
  bool input_syn_sent(u64 now, Block& c, const Segment& segment, Outcome& outcome);
  bool predicted(const Block& c, const Segment& segment) const;
  void input_predicted(u64 now, Block& c, const Segment& segment, Outcome& outcome);
  bool check(u64 now, Block& c, Segment& segment, Outcome& outcome);
  bool check_timestamp(u64 now, Block& c, const Segment& segment);
  void note_timestamp(u64 now, Block& c, const Segment& segment);
  bool input_syn(u64 now, Block& c, Segment& segment);
  bool acknowledge(u64 now, Block& c, const Segment& segment, Outcome& outcome);
  void new_ack(u64 now, Block& c, const Segment& segment, Outcome& outcome);
  void fin_acknowledged(u64 now, Block& c, Outcome& outcome);
  u32 note_sack(Block& c, const Segment& segment);
  void duplicate_ack(u64 now, Block& c, const Segment& segment, u32 news);
  void enter_recovery(u64 now, Block& c, u32 lost);
  void probe_answered(u64 now, Block& c, const Segment& segment);
  void lost_again(Block& c);
  void acknowledged_in_recovery(Block& c, u32 bytes);
  void update_window(Block& c, const Segment& segment);
  bool take(u64 now, Block& c, const Segment& segment);
  bool take_data(u64 now, Block& c, const Segment& segment);
  bool deliver(u64 now, Block& c, std::span<const u8> data);
  void owe_ack(u64 now, Block& c, bool at_once);
  bool take_fin(u64 now, Block& c);
  void enter_time_wait(u64 now, Block& c);
  void challenge(u64 now, Block& c);

  // impl/output.hpp, retransmit.hpp: sent segments. False: the link is busy.
  bool output(u64 now, Block& c);
  bool output_data(u64 now, Block& c);
  bool output_new(u64 now, Block& c);
  u32 lost_before(const Block& c) const;
  bool output_repair(u64 now, Block& c);
  bool output_probe(u64 now, Block& c);
  bool output_lost(u64 now, Block& c);
  bool output_unsure(u64 now, Block& c);
  u32 in_flight(const Block& c) const;
  u32 most_payload(const Block& c) const;
  bool send_segment(u64 now, Block& c, Part& part);
  bool transmit_of(u64 now, Block& c, const PlainHeader& plain, std::span<const net::Piece> pieces,
                   u32 payload, bool& sack_left_out);
  bool transmit_plain(u64 now, Block& c, PlainHeader header, std::span<const net::Piece> pieces, u32 payload,
                      u16 segment_size);
  bool send_part(u64 now, Block& c, Part part) { return send_segment(now, c, part); }
  void account(u64 now, Block& c, u32 sequence, u32 end, bool data);
  void add_options(u64 now, const Block& c, SegmentHeader& header, u32 length, bool& sack_left_out) const;
  bool transmit(u64 now, const Flow& flow, const SegmentHeader& header, std::span<const net::Piece> pieces,
                u32 segment_size = 0, const net::Route* route = nullptr);
  void reply_reset(u64 now, const Segment& segment);
  u32 offer_window(const Block& c) const;
  u32 window_growth(const Block& c) const;
  u32 stamp(u64 now, u32 offset) const { return static_cast<u32>(now / kMillisecond) + offset; }

  // impl/timers.hpp
  void due(u64 now, Block& c);
  void timer_fired(u64 now, Block& c);
  u64 probe_after(const Block& c) const;
  void await_ack(u64 now, Block& c);
  void probe_tail(u64 now, Block& c);
  void retransmit(u64 now, Block& c);
  void probe_window(u64 now, Block& c);
  void probe_peer(u64 now, Block& c);
  void await_silence(u64 now, Block& c);

  net::Stack* stack_ = nullptr;
  Table<Policy> table_;
  TimeWait waiting_;
  SendPool pieces_;
  BlockPool blocks_;
  Wheel wheel_;
  Events events_;
  Settings settings_;
  Listener listeners_[kListeners] = {};
  u64 now_ = 0;                           // of the last input or poll
  u32 dirty_first_ = 0, dirty_last_ = 0;  // index + 1; 0: empty
  u32 next_port_ = 0;
  u64 resets_from_ = 0;  // second in which resets_ were sent
  u32 resets_ = 0;
  const Block* direct_owner_ = nullptr;  // whose received packet is just being looked at
  std::span<const u8> direct_;           // what of it is not consumed
  Counters counters_ = {};
};

}  // namespace tcp

#include "tcp/impl/application.hpp"  // IWYU pragma: export
#include "tcp/impl/input.hpp"        // IWYU pragma: export
#include "tcp/impl/input_ack.hpp"    // IWYU pragma: export
#include "tcp/impl/input_data.hpp"   // IWYU pragma: export
#include "tcp/impl/lists.hpp"        // IWYU pragma: export
#include "tcp/impl/open.hpp"         // IWYU pragma: export
#include "tcp/impl/output.hpp"       // IWYU pragma: export
#include "tcp/impl/retransmit.hpp"   // IWYU pragma: export
#include "tcp/impl/timers.hpp"       // IWYU pragma: export
#include "tcp/impl/unknown.hpp"      // IWYU pragma: export
