// SPDX-License-Identifier: MIT
// Stage: an engine with a stack, an application that keeps count, and a clock, for one policy; what a
// script acts on. The application's bytes and the peer's follow from their sequence numbers, so that
// each can be checked wherever it turns up.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "libos/net/tests/link_double.hpp"
#include "net/checksum.hpp"
#include "tcp/engine.hpp"

namespace tcp::test {

using net::test::Bytes;

inline constexpr net::Address kOurAddress = net::address(192, 0, 2, 1);
inline constexpr net::Address kTheirAddress = net::address(192, 0, 2, 2);
inline constexpr net::Address6 kOurAddress6{0x20010db800000000, 1};
inline constexpr net::Address6 kTheirAddress6{0x20010db800000000, 2};
inline constexpr net::Mac kOurMac{{2, 0, 0, 0, 0, 1}}, kTheirMac{{2, 0, 0, 0, 0, 2}};

// The byte at a place of a stream.
constexpr u8 byte_at(u32 place) { return static_cast<u8>(place * 7 + (place >> 8)); }

struct StageFrame {
  u64 at;  // when it was sent
  Bytes bytes;
};

// What an application saw of one connection, by the peer's port.
struct StageConnection {
  ConnectionId id;
  bool known = false;  // opened or connected, not closed
  u32 received = 0;    // bytes
  u32 wrong = 0;       // of them, not what the peer sent
  u32 first = 0;       // the peer's number of the first byte
  u32 queued = 0;      // bytes given to send()
  u32 held = 0;        // references not released
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual u64 poll(u64 now) = 0;
  virtual void frame(u64 now, const Bytes& bytes) = 0;
  virtual bool listen(u16 port, u32 backlog) = 0;
  virtual void stop_listening(u16 port) = 0;
  // Connects to the peer's `port`; our port, 0 if it cannot.
  virtual u16 connect(u64 now, u16 port) = 0;
  virtual bool send(u16 port, u32 length) = 0;
  virtual void read(u16 port, u32 most) = 0;
  virtual void close(u16 port) = 0;
  virtual void abort(u16 port) = 0;
  // A number of the connection or of the engine; throws if there is none of that name.
  virtual u64 value(u16 port, const std::string& name) = 0;
  virtual std::string state(u16 port) = 0;

  std::vector<StageFrame> sent;
  std::deque<std::string> events;  // "opened", "closed REASON"
  std::map<u16, StageConnection> connections;
  bool reading = true;
  bool close_when_finished = false;
  bool v6 = false;
};

// What a script may set before anything happens.
struct StageSettings {
  std::string policy = "default";
  Settings tcp;
  bool v6 = false;
  bool checksum_by_card = false;
  u32 segment_bytes = 0;
};

std::unique_ptr<Stage> make_stage(u64 now, const StageSettings& settings);

}  // namespace tcp::test
