// SPDX-License-Identifier: MIT
// A host for tests: a stack with an engine, and an application that reads what comes, checks that
// every reference comes back exactly once and in order, and remembers what it was told.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>

#include "libos/net/tests/link_double.hpp"
#include "tcp/engine.hpp"

namespace tcp::test {

using net::test::Bytes;
struct TestPolicy : DefaultPolicy {
  using Congestion = NewReno;
  static constexpr u32 kConnections = 16;
  static constexpr u32 kTimeWait = 16;
  static constexpr u32 kSendPieces = 256;
  static constexpr u32 kReceiveBlocks = 64;
};
using TestStorage = Storage<TestPolicy>;
using TestEngine = Engine<TestPolicy>;
inline constexpr u32 kWindow = TestPolicy::kReceiveWindow;
inline constexpr u16 kMss = 1460;

inline constexpr net::Mac kMacs[2] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
inline constexpr net::Address kAddresses[2] = {net::address(10, 0, 0, 1), net::address(10, 0, 0, 2)};

class Host {
 public:
  // What the application knows of one connection.
  struct Known {
    Bytes received;
    std::deque<u64> tokens;  // sent, not released
    bool open = true;
    std::optional<Reason> reason;
  };

  explicit Host(int number, Settings settings = {});
  ~Host();

  // tcp::Events
  void opened(u64 now, ConnectionId id, u16 port);
  void readable(u64 now, ConnectionId id);
  void released(u64 now, ConnectionId id, u64 token);
  void closed(u64 now, ConnectionId id, Reason reason);

  // Sends a copy of `bytes`, which lives as long as the host.
  bool send(ConnectionId id, const Bytes& bytes);
  void read(ConnectionId id);
  static u32 key_of(ConnectionId id) { return id.index << 16 | id.generation; }
  Known& known(ConnectionId id) { return connections.at(key_of(id)); }
  void forget(ConnectionId id);  // before abort: no `closed` is to come

  int number;
  net::test::LinkDouble wire;
  net::Stack stack;
  std::unique_ptr<TestStorage> storage;
  TestEngine engine;
  std::map<u32, Known> connections;
  std::vector<ConnectionId> opens;
  bool reading = true;  // consume what comes
  bool close_when_finished = false;
  bool abort_in_callback = false;

 private:
  std::deque<Bytes> sent_;
  u64 next_token_ = 1;
};

}  // namespace tcp::test
