// SPDX-License-Identifier: MIT
#include "power.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "process.hpp"

namespace exo {

namespace {

constexpr int kPatience = 2000;  // milliseconds for an answer

bool send_all(int fd, std::string_view text) {
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

// Reads lines until one has `word`; events of the machine may come in between.
bool await_word(int fd, std::string_view word) {
  std::string all;
  char buffer[4096];
  for (pollfd event{fd, POLLIN, 0}; ::poll(&event, 1, kPatience) == 1;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) return false;
    all.append(buffer, static_cast<std::size_t>(count));
    if (all.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

// The QEMU machine protocol (docs/interop/qmp-spec): a greeting, the end of the negotiation, the command.
bool press_power_button(const Path& monitor) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = monitor.string();
  if (path.size() >= sizeof address.sun_path) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  const Handle handle(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int fd = handle.get();
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  return await_word(fd, "\"QMP\"") && send_all(fd, "{\"execute\": \"qmp_capabilities\"}\n") &&
         await_word(fd, "\"return\"") && send_all(fd, "{\"execute\": \"system_powerdown\"}\n") &&
         await_word(fd, "\"return\"");
}

}  // namespace exo
