// SPDX-License-Identifier: MIT
#include "idle_clients.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "error.hpp"

namespace exo {

namespace {

constexpr std::uint32_t kAtOnce = 100;  // that are being opened: far fewer than a backlog
constexpr int kPatience = 60'000;       // milliseconds
constexpr std::uint32_t kOthers = 100;  // files that are open besides

void allow_files(std::uint32_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return;
  limit.rlim_cur = count;
  if (limit.rlim_max < count) limit.rlim_max = count;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    fail("bench: this process may not open {} files: {}", count, std::strerror(errno));
}

Handle begin(const sockaddr_in& to) {
  Handle handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (handle.get() < 0 || (::connect(handle.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
                           errno != EINPROGRESS))
    fail("bench: no idle connection: {}", std::strerror(errno));
  return handle;
}

void await_open(const Handle& handle) {
  pollfd event{handle.get(), POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof error;
  if (::poll(&event, 1, kPatience) != 1) fail("bench: an idle connection is not answered");
  if (::getsockopt(handle.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    fail("bench: an idle connection is refused: {}", std::strerror(error));
}

}  // namespace

IdleClients::IdleClients(const std::string& address, std::uint32_t count) {
  allow_files(count + kOthers);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(80);
  ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  std::size_t open = 0;
  while (open < count) {
    while (handles_.size() < count && handles_.size() < open + kAtOnce) handles_.push_back(begin(to));
    for (; open < handles_.size(); open++) await_open(handles_[open]);
  }
}

std::uint32_t IdleClients::disturbed() const {
  std::uint32_t count = 0;
  for (const Handle& handle : handles_) {
    char byte;
    const bool quiet = ::recv(handle.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    count += quiet ? 0 : 1;
  }
  return count;
}

}  // namespace exo
