// SPDX-License-Identifier: MIT
// Sockets: connections of Linux's TCP as the server's Transport, waited for with epoll. What is sent is kept
// as references until the kernel has copied it, and goes out when an event has been dealt with, all at once.
#pragma once
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <vector>

#include "apps/cheetah/server.hpp"

namespace cheetah {

inline constexpr u32 kSockets = 16384;

class Sockets {
 public:
  // Listens on `port` of all IPv4 addresses; other processes may too. Throws std::runtime_error.
  explicit Sockets(u16 port);

  std::span<const u8> readable(u32 slot);
  void consume(u32 slot, u32 count);
  bool finished(u32 slot);
  bool send(u32 slot, const net::Piece& piece, u64 token);
  u32 window(u32) const { return 0; }  // the kernel has what is on its way in a buffer of its own
  void close(u32 slot);
  void abort(u32 slot);
  Exchange& exchange(u32 slot) { return at(slot).exchange; }
  u32 slots() const { return used_; }
  Peer from(u32 slot) { return at(slot).peer; }
  static bool quiet() { return true; }  // the kernel has copied what was sent

  // Waits until `until` at the latest and tells `server` what has happened. `now()`: nanoseconds.
  template <class Server, class Now>
  void work(Server& server, u64 until, Now now);
  void stop_listening();

 private:
  struct Queued {
    net::Piece piece;
    u64 token;
  };
  struct Connection {
    int fd = -1;
    bool closing = false, shut = false, eof = false, more = false, dirty = false;
    u8 first = 0, count = 0;  // of the queue
    u32 sent = 0;             // bytes of its first piece
    Peer peer = {};
    Exchange exchange = {};
    std::array<Queued, kMostPieces> queue = {};
    std::vector<u8> kept;  // bytes that were received and not consumed
  };

  Connection& at(u32 slot) { return connections_[slot]; }
  bool accept_one(u32& slot);
  bool receive(u32 slot);
  void keep_rest(u32 slot);
  int write(Connection& c);
  void mark(u32 slot);
  void close_now(Connection& c, bool reset);
  void forget(u32 slot);
  template <class Server>
  void release(Server& server, u64 now, u32 slot, u32 pieces);
  template <class Server>
  void read_all(Server& server, u64 now, u32 slot);
  template <class Server>
  void flush(Server& server, u64 now, u32 slot);
  template <class Server>
  void end(Server& server, u64 now, u32 slot);
  template <class Server>
  void finish_round(Server& server, u64 now);

  int epoll_ = -1, listener_ = -1;
  u32 used_ = 0;
  std::unique_ptr<Connection[]> connections_ = std::make_unique<Connection[]>(kSockets);
  std::vector<u32> free_, dirty_, aborted_;
  std::array<u8, 16384> buffer_ = {};
  u32 current_ = ~0u;           // whose bytes are in the buffer
  std::span<const u8> direct_;  // and what of them is not consumed
};

// The first `pieces` are the application's again.
template <class Server>
void Sockets::release(Server& server, u64 now, u32 slot, u32 pieces) {
  Connection& c = at(slot);
  for (; pieces > 0; pieces--) {
    const u64 token = c.queue[c.first].token;
    c.first = static_cast<u8>((c.first + 1) % kMostPieces);
    c.count--;
    server.released(now, slot, token);
  }
}

template <class Server>
void Sockets::read_all(Server& server, u64 now, u32 slot) {
  Connection& c = at(slot);
  while (c.fd >= 0 && receive(slot)) {
    server.readable(now, slot);
    keep_rest(slot);
    c.more = !c.eof && c.kept.size() >= buffer_.size();  // read on when these are consumed
    if (c.eof || c.more) return;
  }
}

// The connection is over, whatever is still queued.
template <class Server>
void Sockets::end(Server& server, u64 now, u32 slot) {
  server.closed(slot);
  release(server, now, slot, at(slot).count);
  close_now(at(slot), false);
  forget(slot);
}

template <class Server>
void Sockets::flush(Server& server, u64 now, u32 slot) {
  Connection& c = at(slot);
  c.dirty = false;
  while (c.count > 0) {
    const int done = write(c);
    if (done < 0) return end(server, now, slot);
    if (done == 0) return;  // EPOLLOUT will tell
    release(server, now, slot, static_cast<u32>(done));
    if (c.fd < 0) return;
  }
  if (c.more && c.kept.size() < buffer_.size()) {
    read_all(server, now, slot);
    if (c.fd >= 0) mark(slot);
    return;
  }
  if (!c.closing) return;
  if (!c.shut) ::shutdown(c.fd, SHUT_WR);
  c.shut = true;
  if (c.eof && c.kept.empty()) end(server, now, slot);
}

// Sends what callbacks have queued, and gives back what those that were aborted had.
template <class Server>
void Sockets::finish_round(Server& server, u64 now) {
  while (!dirty_.empty()) {
    const u32 slot = dirty_.back();
    dirty_.pop_back();
    if (at(slot).fd >= 0 && at(slot).dirty) flush(server, now, slot);
  }
  while (!aborted_.empty()) {
    const u32 slot = aborted_.back();
    aborted_.pop_back();
    release(server, now, slot, at(slot).count);
    forget(slot);
  }
}

template <class Server, class Now>
void Sockets::work(Server& server, u64 until, Now now) {
  finish_round(server, now());
  const u64 before = now();
  const u64 wait = until <= before ? 0 : until == kForever ? ~0ul : (until - before) / 1'000'000 + 1;
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_, events.data(), 64, wait > 60'000 ? 60'000 : static_cast<int>(wait));
  const u64 time = now();
  for (int i = 0; i < count; i++) {
    const epoll_event& event = events[static_cast<u32>(i)];
    const u32 slot = event.data.u32;
    for (u32 fresh; slot == kSockets && accept_one(fresh);) server.opened(time, fresh);
    if (slot == kSockets || at(slot).fd < 0) continue;
    if ((event.events & ~u32{EPOLLOUT}) != 0 && !at(slot).more) read_all(server, time, slot);
    if (at(slot).fd >= 0) flush(server, time, slot);
  }
  finish_round(server, time);
}

}  // namespace cheetah
