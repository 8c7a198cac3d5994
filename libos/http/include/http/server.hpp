// SPDX-License-Identifier: MIT
// Server: from requests on connections to responses out of a site, for any transport and any site.
// It copies no content: a response is a header in the session's own buffer and the document where
// the site has it. Slow, idle and broken clients are bounded in time and in memory.
//
// A connection is a slot number, 0..sessions-1, the same one that the transport uses.
#pragma once
#include <span>
#include <string_view>

#include "http/decision.hpp"
#include "http/session.hpp"
#include "http/site.hpp"

namespace http {

// What the server wants done with a connection; over_tcp.hpp connects it with tcp::Engine.
struct Transport {
  void* context = nullptr;
  // Bytes that wait to be read, up to where they are in one run; empty: none now.
  std::span<const u8> (*readable)(void* context, u32 slot) = nullptr;
  void (*consume)(void* context, u32 slot, u32 count) = nullptr;
  bool (*finished)(void* context, u32 slot) = nullptr;  // the peer sends no more, and all was consumed
  // Bytes that stay as they are until Server::released gets `token`. False: no room.
  bool (*send)(void* context, u32 slot, const u8* data, u32 length, u64 token) = nullptr;
  void (*close)(void* context, u32 slot) = nullptr;  // after what was sent
  // At once; released comes for all that was sent before it returns, closed does not.
  void (*abort)(void* context, u32 slot) = nullptr;
};

struct Counters {
  u64 connections, requests, responses_ok, responses_error, timeouts;
};

class Server {
 public:
  constexpr Server() = default;
  // `sessions` one for each slot, zero at first. `epoch`: seconds since 1970 at time 0 of the
  // monotonic clock.
  void start(std::span<Session> sessions, const Transport& transport, const Site& site, u64 epoch,
             const Timeouts& timeouts = {});

  // What the transport reports. `released` comes once for every send, in order.
  void opened(u64 now, u32 slot);
  void readable(u64 now, u32 slot);
  void released(u64 now, u32 slot, u64 token);
  void closed(u64 now, u32 slot);

  // Some document that was Later may be there now.
  void resume(u64 now);
  // Closes what is overdue and answers when to call again, kForever for never.
  u64 poll(u64 now);
  const Counters& counters() const { return counters_; }

 private:
  void read(u64 now, u32 slot);
  void drain(u32 slot);
  void request(u64 now, u32 slot);
  void answer(u64 now, u32 slot);
  void wait(u64 now, u32 slot);
  void send_document(u64 now, u32 slot, const Document& document);
  void send_parts(u64 now, u32 slot, const Document& document, const Decision& decision, Head head);
  void send_status(u64 now, u32 slot, u16 status, bool keep_alive);
  void send_error(u64 now, u32 slot, Head head);
  bool send(u32 slot, const void* data, u64 length, bool of_document);
  void hold(u32 slot, const Document& document);
  void drop(u32 slot);
  void sent(u64 now, u32 slot, bool keep_alive);
  void finish(u64 now, u32 slot);
  void cut_off(u32 slot);
  void overdue(u64 now, u32 slot);
  void set_deadline(Session& session, u64 at);
  u64 send_time(const Session& session) const;
  u64 wall(u64 now) const { return epoch_ + now / 1'000'000'000; }

  std::span<Session> sessions_;
  Transport transport_;
  Site site_;
  Timeouts timeouts_;
  u64 epoch_ = 0;
  u64 next_deadline_ = 0;
  u32 waiting_ = 0;  // sessions whose document is Later
  Counters counters_ = {};
};

}  // namespace http
