// SPDX-License-Identifier: MIT
#include "network.hpp"

namespace tcp::test {

void Network::collect() {
  for (int from = 0; from < 2; from++) {
    for (Bytes& frame : hosts[from].wire.frames()) {
      if (lose_if && lose_if(from, frame)) continue;
      for (int copies = chance(wire_.twice) ? 2 : 1; copies-- > 0;) {
        if (chance(wire_.lose)) continue;
        Bytes sent = frame;
        if (chance(wire_.damage))
          sent[34 + random_() % (sent.size() - 34)] ^= static_cast<u8>(1 << random_() % 8);
        const u64 late = chance(wire_.delay) ? random_() % wire_.extra : 0;
        flights_.push({now + wire_.latency + late, frames++, 1 - from, std::move(sent)});
      }
    }
  }
}

bool Network::run(u64 limit, const std::function<bool()>& done) {
  const u64 end = now + limit;
  for (;;) {
    u64 next = abi::kForever;
    for (Host& host : hosts) {
      next = std::min(next, host.engine.poll(now));
      next = std::min(next, host.stack.poll(now));
    }
    collect();
    if (done()) return true;
    if (!flights_.empty()) next = std::min(next, flights_.top().at);
    if (next > end) {
      now = end;
      return done();
    }
    now = std::max(now, next);
    while (!flights_.empty() && flights_.top().at <= now) {
      const Flight flight = flights_.top();
      flights_.pop();
      hosts[flight.to].stack.input(now, flight.frame);
    }
  }
}

std::pair<ConnectionId, ConnectionId> Network::connect() {
  hosts[1].engine.listen(80, 8);
  const std::optional<ConnectionId> id = hosts[0].engine.connect(now, kAddresses[1], 80);
  EXPECT_TRUE(id);
  hosts[0].connections[tcp::test::Host::key_of(*id)];
  const u64 opens = hosts[1].opens.size();
  EXPECT_TRUE(
      run(120 * net::kSecond, [&] { return hosts[1].opens.size() > opens && !hosts[0].opens.empty(); }));
  return {*id, hosts[1].opens.empty() ? ConnectionId{} : hosts[1].opens.back()};
}

}  // namespace tcp::test
