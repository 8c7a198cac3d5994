// SPDX-License-Identifier: MIT
#include "apps/cheetah/host/sockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cheetah {
namespace {

constexpr u32 kEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

[[noreturn]] void fail_to(const char* what) {
  throw std::runtime_error(std::string("cannot ") + what + ": " + std::strerror(errno));
}

void set(int fd, int level, int name) {
  const int on = 1;
  (void)::setsockopt(fd, level, name, &on, sizeof on);
}

}  // namespace

Sockets::Sockets(u16 port) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (epoll_ < 0 || listener_ < 0) fail_to("open a socket");
  set(listener_, SOL_SOCKET, SO_REUSEADDR);
  set(listener_, SOL_SOCKET, SO_REUSEPORT);
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) fail_to("use the port");
  if (::listen(listener_, 1024) != 0) fail_to("listen");
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u32 = kSockets;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) fail_to("wait for connections");
}

void Sockets::stop_listening() {
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
}

bool Sockets::accept_one(u32& slot) {
  if (listener_ < 0 || (free_.empty() && used_ == kSockets)) return false;
  sockaddr_in from = {};
  socklen_t length = sizeof from;
  const int fd =
      ::accept4(listener_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return false;
  if (free_.empty()) free_.push_back(used_++);
  slot = free_.back();
  free_.pop_back();
  Connection& c = at(slot);
  c = Connection();
  c.fd = fd;
  c.peer = {net::IpAddress(net::Address{ntohl(from.sin_addr.s_addr)}), ntohs(from.sin_port)};
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  epoll_event event = {};
  event.events = kEdges;
  event.data.u32 = slot;
  (void)::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  return true;
}

// Fills the buffer. False: nothing has come.
bool Sockets::receive(u32 slot) {
  Connection& c = at(slot);
  if (c.eof) return false;
  const ssize_t count = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (count <= 0) c.eof = true;  // broken or at its end: writing tells which
  const std::span<const u8> bytes(buffer_.data(), count > 0 ? static_cast<u64>(count) : 0);
  if (!c.kept.empty()) {
    c.kept.insert(c.kept.end(), bytes.begin(), bytes.end());
    return true;
  }
  current_ = slot;
  direct_ = bytes;
  return true;
}

void Sockets::keep_rest(u32 slot) {
  if (current_ == slot) at(slot).kept.assign(direct_.begin(), direct_.end());
  current_ = kSockets;
  direct_ = {};
}

std::span<const u8> Sockets::readable(u32 slot) { return slot == current_ ? direct_ : at(slot).kept; }

void Sockets::consume(u32 slot, u32 count) {
  if (slot == current_) {
    direct_ = direct_.subspan(count);
    return;
  }
  Connection& c = at(slot);
  c.kept.erase(c.kept.begin(), c.kept.begin() + count);
  if (c.more) mark(slot);
}

bool Sockets::finished(u32 slot) { return at(slot).eof && readable(slot).empty(); }

void Sockets::mark(u32 slot) {
  if (at(slot).dirty) return;
  at(slot).dirty = true;
  dirty_.push_back(slot);
}

bool Sockets::send(u32 slot, const net::Piece& piece, u64 token) {
  Connection& c = at(slot);
  if (c.fd < 0 || c.closing || c.count == kMostPieces) return false;
  c.queue[(c.first + c.count++) % kMostPieces] = {piece, token};
  mark(slot);
  return true;
}

// How many pieces the kernel took whole; -1: the connection is broken.
int Sockets::write(Connection& c) {
  std::array<iovec, kMostPieces> parts;
  for (u32 i = 0; i < c.count; i++) {
    const net::Piece& piece = c.queue[(c.first + i) % kMostPieces].piece;
    const u32 skip = i == 0 ? c.sent : 0;
    parts[i] = {const_cast<u8*>(piece.data) + skip, piece.length - skip};
  }
  msghdr message = {};
  message.msg_iov = parts.data();
  message.msg_iovlen = c.count;
  const ssize_t taken = ::sendmsg(c.fd, &message, MSG_NOSIGNAL);
  if (taken < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  u64 bytes = static_cast<u64>(taken) + c.sent;
  int whole = 0;
  while (whole < c.count && bytes >= c.queue[(c.first + static_cast<u32>(whole)) % kMostPieces].piece.length)
    bytes -= c.queue[(c.first + static_cast<u32>(whole++)) % kMostPieces].piece.length;
  c.sent = static_cast<u32>(bytes);
  return whole;
}

void Sockets::close(u32 slot) {
  at(slot).closing = true;
  mark(slot);
}

void Sockets::abort(u32 slot) {
  Connection& c = at(slot);
  if (c.fd < 0) return;
  close_now(c, true);
  aborted_.push_back(slot);
}

void Sockets::close_now(Connection& c, bool reset) {
  const linger now = {1, 0};
  if (reset) (void)::setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(c.fd);
  c.fd = -1;
}

void Sockets::forget(u32 slot) { free_.push_back(slot); }

}  // namespace cheetah
