// SPDX-License-Identifier: MIT
#include "probe.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <string_view>
#include <thread>

#include "address.hpp"
#include "process.hpp"

namespace exo {

using namespace std::chrono_literals;

bool answers_http(std::uint32_t host, std::uint32_t port, std::chrono::milliseconds patience) {
  const Handle handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(handle.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(handle.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  if (::connect(handle.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  const std::string request =
      fmt::format("GET / HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n", address_text(host), port);
  if (::send(handle.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return false;
  char start[5];
  const auto got = ::recv(handle.get(), start, sizeof start, MSG_WAITALL);
  if (got != sizeof start || std::string_view(start, sizeof start) != "HTTP/") return false;
  // Read the rest, so that the guest sees an orderly close and not a reset.
  const auto end = std::chrono::steady_clock::now() + patience;
  for (char rest[4096];
       std::chrono::steady_clock::now() < end && ::recv(handle.get(), rest, sizeof rest, 0) > 0;) {
  }
  return true;
}

std::vector<Forward> await_answers(std::vector<Forward> forwards,
                                   std::chrono::steady_clock::time_point deadline,
                                   const std::stop_token& stop,
                                   const std::function<void(const Forward&)>& answered) {
  while (!forwards.empty() && !stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
    std::erase_if(forwards, [&](const Forward& forward) {
      if (stop.stop_requested() || !answers_http(forward.host_address, forward.host_port, 1000ms))
        return false;
      answered(forward);
      return true;
    });
    if (!forwards.empty()) std::this_thread::sleep_for(100ms);
  }
  return forwards;
}

}  // namespace exo
