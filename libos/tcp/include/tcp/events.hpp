// SPDX-License-Identifier: MIT
// Events: what an engine tells its application, and how connections are named between the two.
#pragma once
#include "abi/types.hpp"

namespace tcp {

using namespace abi;

// Names a connection until `closed` is reported, or abort() or a failed call ends it. A stale id is
// recognised and refused by every call.
struct ConnectionId {
  u32 index = 0xffffffff;  // 0..Storage::kConnections-1: dense, for the application's own tables
  u32 generation = 0;
  friend constexpr bool operator==(ConnectionId, ConnectionId) = default;
};

// Why a connection ended.
enum class Reason : u8 {
  Finished,  // both sides have closed and all data has arrived
  Reset,     // the peer reset it, or refused it
  TimedOut,  // the peer did not answer
};

// A callback may call any function of the engine but input(), path_error() and poll().
struct Events {
  void* context = nullptr;
  // A connection to a listening port is established; or one by connect() is.
  void (*opened)(void* context, u64 now, ConnectionId id, u16 local_port) = nullptr;
  // There is new data to read, or the peer has closed its side (see readable, finished). What is
  // consumed before this returns was never copied; the rest is kept for later.
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
  u64 segments_in, segments_out, bytes_in, bytes_out, predicted;
  u64 bad_checksum, bad_segment, no_connection, resets_in, resets_out, resets_held;
  u64 opened_passive, opened_active, closed, half_open_dropped, table_full;
  u64 retransmitted, fast_retransmits, timeouts, probes, keep_probes, challenges, out_of_order, no_room;
  u64 tail_probes, old_timestamps, cookies_sent, cookies_taken, cookies_bad, path_errors;
};

}  // namespace tcp
