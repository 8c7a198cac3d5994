// SPDX-License-Identifier: MIT
// Two hosts and a wire between them that delays, loses, doubles, damages and reorders packets, all
// from one seed, on a clock of its own.
#pragma once
#include <functional>
#include <queue>
#include <random>

#include "host.hpp"

namespace tcp::test {

struct Wire {
  double lose = 0, twice = 0, damage = 0, delay = 0;  // probabilities
  u64 latency = 5 * net::kMillisecond;
  u64 extra = 20 * net::kMillisecond;  // most that a delayed packet is late
};

class Network {
 public:
  explicit Network(const Wire& wire = {}, u32 seed = 1, const Settings& settings = {})
      : hosts{Host(0, settings), Host(1, settings)}, wire_(wire), random_(seed) {}

  // Runs until `done`, or until `limit` has passed or nothing is to happen any more.
  bool run(
      u64 limit, const std::function<bool()>& done = [] { return false; });
  // Connects host 0 to host 1, which listens on port 80. The ids at both ends.
  std::pair<ConnectionId, ConnectionId> connect();

  // Whether a frame that host `from` sends is to be lost; asked besides the wire's own dice.
  std::function<bool(int from, const Bytes& frame)> lose_if;

  Host hosts[2];
  u64 now = net::kSecond;
  u64 frames = 0;

 private:
  struct Flight {
    u64 at;
    u64 order;
    int to;
    Bytes frame;
    bool operator<(const Flight& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  void collect();
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }

  Wire wire_;
  std::mt19937 random_;
  std::priority_queue<Flight> flights_;
};

}  // namespace tcp::test
