// SPDX-License-Identifier: MIT
#include "bench_peer.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "error.hpp"

namespace exo {

namespace {

constexpr int kPollMilliseconds = 50;
constexpr std::size_t kHeader = 18;  // Ethernet header and the count
constexpr std::uint32_t kMostCopies = 1024;

sockaddr_un address_of(const Path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) fail("{}: too long for a socket", path.string());
  std::strcpy(address.sun_path, path.c_str());
  return address;
}

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

// How many copies a frame asks for; 0 if it does not ask.
std::uint32_t copies_wanted(const std::uint8_t* frame, std::size_t length) {
  if (length <= kHeader || frame[12] != 0x88 || frame[13] != 0xb5) return 0;
  return std::min(big_endian(frame + 14), kMostCopies);
}

}  // namespace

BenchPeer::BenchPeer(const Path& ours, const Path& theirs)
    : theirs_(theirs), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(ours);
  if (socket_.get() < 0 ||
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("{}: cannot make a socket: {}", ours.string(), std::strerror(errno));
  thread_ = std::jthread([this](const std::stop_token& stop) { answer(stop); });
}

void BenchPeer::answer(const std::stop_token& stop) const {
  const sockaddr_un to = address_of(theirs_);
  std::uint8_t frame[2048];
  while (!stop.stop_requested()) {
    pollfd event{socket_.get(), POLLIN, 0};
    if (::poll(&event, 1, kPollMilliseconds) <= 0) continue;
    const ssize_t length = ::recv(socket_.get(), frame, sizeof frame, 0);
    if (length <= 0) continue;
    const auto size = static_cast<std::size_t>(length);
    for (std::uint32_t left = copies_wanted(frame, size); left > 0 && !stop.stop_requested(); left--)
      ::sendto(socket_.get(), frame + kHeader, size - kHeader, 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof to);
  }
}

}  // namespace exo
