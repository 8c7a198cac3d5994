// SPDX-License-Identifier: MIT
#include "host.hpp"

namespace tcp::test {

Host::Host(int n, Settings settings) : number(n), storage(std::make_unique<TestStorage>()) {
  settings.key.low ^= 0x1234567890abcdef + static_cast<u64>(n);
  stack.start(wire.link(), kMacs[n], {kAddresses[n], 24, {}});
  engine.start(stack, *storage, events_of(*this), settings);
}

Host::~Host() {
  for (const auto& [id, c] : connections) {
    EXPECT_TRUE(c.open || c.tokens.empty()) << "a reference was never given back";
  }
}

void Host::opened(u64, ConnectionId id, u16) {
  connections[key_of(id)];  // connect() has entered it already
  opens.push_back(id);
}

void Host::readable(u64, ConnectionId id) {
  ASSERT_TRUE(known(id).open);
  if (abort_in_callback) {
    forget(id);
    engine.abort(id);
    return;
  }
  read(id);
}

void Host::read(ConnectionId id) {
  if (!reading) return;
  for (auto run = engine.readable(id); !run.empty(); run = engine.readable(id)) {
    known(id).received.insert(known(id).received.end(), run.begin(), run.end());
    engine.consume(id, static_cast<u32>(run.size()));
  }
  if (close_when_finished && engine.finished(id)) engine.close(id);
}

void Host::released(u64, ConnectionId id, u64 token) {
  Known& c = known(id);
  ASSERT_FALSE(c.tokens.empty());
  EXPECT_EQ(c.tokens.front(), token);
  c.tokens.pop_front();
}

void Host::closed(u64, ConnectionId id, Reason reason) {
  Known& c = known(id);
  ASSERT_TRUE(c.open) << "closed twice";
  EXPECT_TRUE(c.tokens.empty()) << "closed before all references came back";
  c.open = false;
  c.reason = reason;
}

void Host::forget(ConnectionId id) { known(id).open = false; }

bool Host::send(ConnectionId id, const Bytes& bytes) {
  sent_.push_back(bytes);
  const Bytes& kept = sent_.back();
  if (!engine.send(id, {kept.data(), static_cast<u32>(kept.size())}, next_token_)) return false;
  known(id).tokens.push_back(next_token_++);
  return true;
}

}  // namespace tcp::test
