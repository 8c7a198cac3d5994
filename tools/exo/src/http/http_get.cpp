// SPDX-License-Identifier: MIT
#include "http_get.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "process.hpp"

namespace exo {

namespace {

using Clock = std::chrono::steady_clock;

bool await(int handle, short what, Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd event{handle, what, 0};
  return left.count() > 0 && ::poll(&event, 1, static_cast<int>(left.count())) == 1;
}

HttpAnswer read_answer(const std::string& text) {
  HttpAnswer answer;
  const auto end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) return answer;
  answer.status = std::atoi(text.c_str() + sizeof "HTTP/1.1 " - 1);
  answer.size = text.size();
  answer.body.assign(text.begin() + static_cast<std::ptrdiff_t>(end + 4), text.end());
  return answer;
}

}  // namespace

HttpAnswer http_get(const std::string& address, const std::string& path, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  const Handle handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(80);
  ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  (void)::connect(handle.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", path, address);
  if (!await(handle.get(), POLLOUT, deadline)) return {};
  if (::send(handle.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return {};
  std::string text;
  for (char piece[65536]; await(handle.get(), POLLIN, deadline);) {
    const ssize_t got = ::recv(handle.get(), piece, sizeof piece, 0);
    if (got <= 0) break;
    text.append(piece, static_cast<std::size_t>(got));
  }
  return read_answer(text);
}

}  // namespace exo
