// SPDX-License-Identifier: MIT
// Whether the guest really answers. QEMU accepts a connection to a forwarded port at once, so only
// an HTTP response to a request proves anything.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "qemu.hpp"

namespace exo {

// One GET / to host:port; true if what comes back within `patience` starts with "HTTP/".
bool answers_http(std::uint32_t host, std::uint32_t port, std::chrono::milliseconds patience);

// Asks every forward in turn until each has answered, until `stop`, or until `deadline`. Calls
// `answered` once for each that did. Those that did not are returned.
std::vector<Forward> await_answers(std::vector<Forward> forwards,
                                   std::chrono::steady_clock::time_point deadline,
                                   const std::stop_token& stop,
                                   const std::function<void(const Forward&)>& answered);

}  // namespace exo
