// SPDX-License-Identifier: MIT
// The other end of the wire that apps/bench/wire.hpp talks to: answers a frame of its type by sending the
// packet in it back, as often as it asks for. Runs in a thread of its own.
#pragma once
#include <thread>

#include "files.hpp"
#include "process.hpp"

namespace exo {

class BenchPeer {
 public:
  // Makes the socket `ours`; answers go to `theirs`. Throws Error.
  BenchPeer(const Path& ours, const Path& theirs);

 private:
  void answer(const std::stop_token& stop) const;

  Path theirs_;
  Handle socket_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace exo
