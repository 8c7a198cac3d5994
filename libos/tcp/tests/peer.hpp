// SPDX-License-Identifier: MIT
// A peer made by hand: sends the segments that a test writes down to one host and takes in what the
// host answers, so that every number in them can be chosen and checked.
#pragma once
#include "host.hpp"

namespace tcp::test {

struct Sent {  // a segment of the host
  u8 flags;
  u32 seq, ack, window;
  u16 mss;
  Bytes data;
};

struct Send {  // a segment of the peer
  u8 flags;
  u32 seq = 0, ack = 0;
  u16 window = 60000;
  Bytes data = {};
  u16 mss = 0;
  u16 port = 5000;  // the peer's
};

class Peer : public ::testing::Test {
 protected:
  explicit Peer(const Settings& settings = {}) : host(1, settings) {
    host.engine.listen(80, 4);
    host.stack.input(
        now, net::test::ethernet(kMacs[1], kMacs[0], 0x0806,
                                 net::test::arp(2, kMacs[0], kAddresses[0], kMacs[1], kAddresses[1])));
    host.wire.frames();
  }

  // Sends one segment, lets the host work, and answers what it sent.
  std::vector<Sent> give(const Send& segment) {
    give_frame(segment);
    return work();
  }
  void give_frame(const Send& segment);
  std::vector<Sent> work() {
    host.engine.poll(now);
    return taken();
  }
  std::vector<Sent> taken();
  // Lets time pass.
  std::vector<Sent> wait(u64 time) {
    now += time;
    return work();
  }
  // Opens a connection whose peer's next byte is `next`; the host's next one is then `theirs`.
  ConnectionId open(u32 next = 1001, u16 port = 5000, u16 mss = 1460, u16 window = 60000);
  Connection<TestPolicy>& block(ConnectionId id) { return host.storage->connections[id.index]; }
  static bool is(const Sent& s, u8 flags) { return (s.flags & ~kPsh) == flags; }

  u64 now = 10 * kSecond;
  Host host;
  u32 theirs = 0;  // the host's next sequence number after open()
};

}  // namespace tcp::test
