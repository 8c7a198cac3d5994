// SPDX-License-Identifier: MIT
// Server: Cheetah's policy: from bytes on connections to pieces of files, whatever carries them. What it
// needs of the world are two compile-time interfaces, so that Exo's TCP and Linux's sockets share all of it:
//
// Transport has, for a connection by its slot number: readable, consume, finished, send(slot, piece, token),
// close, abort as http::Transport; exchange(slot), its Exchange, zero for a new connection; from(slot) its
// Peer; window(slot): bytes that may be on their way to it, as far as that is the transport's to say, else 0;
// slots(), above all numbers in use; and quiet(): nothing that was sent is still to be read from memory.
// Disk is Store's.
#pragma once
#include "apps/cheetah/addresses.hpp"
#include "apps/cheetah/exchange.hpp"
#include "apps/cheetah/known.hpp"
#include "apps/cheetah/options.hpp"
#include "apps/cheetah/pool.hpp"
#include "apps/cheetah/slots.hpp"
#include "apps/cheetah/store.hpp"
#include "apps/common/access_log.hpp"
#include "http/decision.hpp"
#include "http/multipart.hpp"
#include "http/site.hpp"

namespace cheetah {

struct Peer {
  net::IpAddress address;
  u16 port;
};

struct Counters {
  u64 connections, refused, requests, known, responses_ok, responses_error, timeouts, bytes;
};

// Parsers: requests that may be unfinished at a time. Buffers: responses with a header of their own on
// their way at a time.
template <class Transport, class Disk, u32 Parsers, u32 Buffers>
class Server {
 public:
  struct Memory {
    http::Parser* parsers;              // Parsers + 1 of them
    Buffer* buffers;                    // Buffers, zero, which Transport can send from
    std::span<AddressPlace> addresses;  // zero; more than there can be connections
  };
  constexpr Server() = default;
  // `epoch`: seconds since 1970 at time 0 of the monotonic clock. All references must outlive this.
  void start(Transport& transport, Store<Disk>& store, const Memory& memory, const Options& options,
             u64 epoch);
  void use_log(const Log& log) { log_ = log; }
  void use_redirects(std::span<const http::Redirect> redirects) { redirects_ = redirects; }

  // What the transport reports. `released` comes once for every send, in order; not `closed` after abort.
  void opened(u64 now, u32 slot);
  void readable(u64 now, u32 slot) { read(now, slot); }
  void released(u64 now, u32 slot, u64 token);
  void closed(u32 slot);

  // Goes on where something was waited for, closes what is overdue, and answers when to call again.
  u64 poll(u64 now);
  // From now on every connection is closed after the response that it is owed.
  void shut_down(u64 now);
  u32 connections() const { return connections_; }
  Transport& transport() { return *transport_; }
  const Counters& counters() const { return counters_; }

 private:
  // impl/connections.hpp
  Exchange& at(u32 slot) { return transport_->exchange(slot); }
  void finish(u64 now, u32 slot);
  void cut_off(u32 slot);
  void leave(u32 slot);
  void wait(u32 slot, Wait what);
  void stop_waiting(u32 slot);
  void resume(u64 now);
  void overdue(u64 now, u32 slot);
  void set_deadline(u32 slot, u64 at) {
    this->at(slot).deadline = at;
    deadlines_.set(*transport_, slot);
  }
  u64 wall(u64 now) const { return epoch_ + now / 1'000'000'000; }

  // impl/requests.hpp
  void read(u64 now, u32 slot);
  void drain(u32 slot);
  bool read_some(u64 now, u32 slot, std::span<const u8> bytes);
  bool answer_known(u64 now, u32 slot, std::span<const u8> bytes);
  http::Parser& parser_of(Exchange& e) { return e.parser != 0 ? parsers_.at(e.parser) : *scratch_; }
  void put_parser(Exchange& e);
  bool keep_parser(u64 now, u32 slot);
  void request(u64 now, u32 slot, const http::Parser& parser, std::span<const u8> whole);
  void find(u64 now, u32 slot, const http::Parser& parser, std::span<const u8> whole);
  void answer_file(u64 now, u32 slot, const http::Parser& parser, const Place& place,
                   std::span<const u8> whole);

  // impl/responses.hpp
  struct Answer {
    http::Head head;
    std::string_view path;  // as it was asked for, for the log
    bool no_content = false;
  };
  void answer_plain(u64 now, u32 slot, u32 file, bool chosen, bool keep_alive);
  void answer_parts(u64 now, u32 slot, u32 file, const http::Selection& selection, Answer& answer);
  void answer_status(u64 now, u32 slot, Answer answer);
  void answer_error(u64 now, u32 slot, u16 status, bool keep_alive);
  bool take_buffer(Exchange& e);
  void drop_buffer(Exchange& e);
  void begin(u64 now, u32 slot);
  LogRecord& begin_record(u64 now, const Exchange& e, u64 bytes);  // what all records have; the log is on
  void note(u64 now, const Exchange& e, std::string_view path, u64 bytes);
  void note_file(u64 now, const Exchange& e, u64 bytes);

  // impl/produce.hpp
  void produce(u64 now, u32 slot);
  bool has_enough(u32 slot);
  bool produce_text(u64 now, u32 slot);
  bool produce_range(u64 now, u32 slot);
  bool produce_head(u64 now, u32 slot);
  bool write_plain_head(u64 now, u32 slot, u32 ready);
  void answer_unavailable(u64 now, u32 slot);
  bool send(u64 now, u32 slot, const net::Piece& piece, u64 token);
  void produced(u64 now, u32 slot);

  static constexpr u64 kRetry = 20'000'000;
  static u64 token_of_run(u32 run) { return u64{run} << 1; }
  static u64 token_of_buffer(u32 buffer) { return u64{buffer} << 1 | 1; }

  Transport* transport_ = nullptr;
  Store<Disk>* store_ = nullptr;
  const Options* options_ = nullptr;
  u64 epoch_ = 0;
  u64 retry_at_ = 0;  // who waits for a run or a buffer tries again at the latest; kForever: nobody does
  u32 waiting_ = 0;   // exchanges that wait for a run or a buffer
  u32 connections_ = 0;
  bool closing_ = false;
  bool buffer_came_ = false;
  http::Parser* scratch_ = nullptr;
  Pool<http::Parser, Parsers> parsers_;
  Pool<Buffer, Buffers> buffers_;
  std::span<const http::Redirect> redirects_;
  http::DateClock clock_ = {};
  Log log_;
  Counters counters_ = {};
  u32 parser_owner_[Parsers] = {};  // slots
  Known known_;
  Addresses addresses_;
  Deadlines deadlines_;
  SlotList<&Exchange::waits> waits_;
};

}  // namespace cheetah

#include "apps/cheetah/impl/connections.hpp"  // IWYU pragma: export
#include "apps/cheetah/impl/produce.hpp"      // IWYU pragma: export
#include "apps/cheetah/impl/requests.hpp"     // IWYU pragma: export
#include "apps/cheetah/impl/responses.hpp"    // IWYU pragma: export
