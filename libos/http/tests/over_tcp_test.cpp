// SPDX-License-Identifier: MIT
// The server on real connections: requests and documents over two TCP engines and a lossy wire.
#include "http/over_tcp.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "libos/tcp/tests/host.hpp"

namespace http {
namespace {

using namespace tcp::test;
using net::kMillisecond;
using net::kSecond;

class OverTcpTest : public ::testing::Test {
 protected:
  using Glue = OverTcp<TestEngine, tcp::ConnectionId, TestStorage::kConnections>;

  OverTcpTest() : client(0) {
    stack.start(wire.link(), kMacs[1], {kAddresses[1], 24, {}});
    engine.start(stack, *storage, tcp::events_of(glue), {});
    glue.start(engine,
               std::span<Session, TestStorage::kConnections>(sessions.get(), TestStorage::kConnections),
               site_of(*this), 0, {}, {this, [](void* test) { static_cast<OverTcpTest*>(test)->aborted++; }});
    engine.listen(80, 4);
    std::mt19937 random(1);
    for (char& c : big) c = static_cast<char>(random());
  }

 public:
  Found find(u64, std::string_view path, Document& document) {
    if (path != "/big") return Found::Missing;
    if (asked++ % 2 == 0) return Found::Later;
    document.data = reinterpret_cast<const u8*>(big.data());
    document.length = static_cast<u32>(big.size());
    document.type = "x/y";
    in_use++;
    return Found::Here;
  }
  void done(u64) { in_use--; }

 protected:
  tcp::ConnectionId dial() {
    const auto id = client.engine.connect(now, kAddresses[1], 80);
    EXPECT_TRUE(id);
    client.connections[tcp::test::Host::key_of(*id)];
    return *id;
  }
  std::string heard(tcp::ConnectionId id) {
    const Bytes& b = client.known(id).received;
    return {b.begin(), b.end()};
  }
  // Lets both sides talk for `time`, in steps of a millisecond.
  void run(u64 time) {
    for (const u64 end = now + time; now < end; now += kMillisecond) {
      if (now % (7 * kMillisecond) == 0) glue.resume(now);
      glue.poll(now);
      engine.poll(now);
      stack.poll(now);
      client.engine.poll(now);
      client.stack.poll(now);
      for (const Bytes& frame : wire.frames())
        if (dice() % 100 >= lose) client.stack.input(now, frame);
      for (const Bytes& frame : client.wire.frames())
        if (dice() % 100 >= lose) stack.input(now, frame);
    }
  }

  u64 now = kSecond;
  u32 lose = 0;
  std::mt19937 dice{5};
  Host client;
  net::test::LinkDouble wire;
  net::Stack stack;
  std::unique_ptr<TestStorage> storage = std::make_unique<TestStorage>();
  TestEngine engine;
  std::unique_ptr<Session[]> sessions = std::make_unique<Session[]>(TestStorage::kConnections);
  Glue glue;
  std::string big = std::string(300'000, ' ');
  u32 asked = 0;
  int in_use = 0;
  u32 aborted = 0;
};

TEST_F(OverTcpTest, ManyRequestsOnOneConnection) {
  const auto id = dial();
  for (int i = 0; i < 50; i++) {
    client.known(id).received.clear();
    ASSERT_TRUE(client.send(id, Bytes{'G', 'E', 'T', ' ', '/', 'x', ' '}));
    const std::string rest = "HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_TRUE(client.send(id, Bytes(rest.begin(), rest.end())));
    run(20 * kMillisecond);
    ASSERT_TRUE(heard(id).starts_with("HTTP/1.1 404 Not Found\r\n")) << i;
  }
  EXPECT_EQ(glue.server().counters().connections, 1u);
  EXPECT_EQ(glue.server().counters().requests, 50u);
}

TEST_F(OverTcpTest, BigDocumentsOverALossyWire) {
  lose = 5;
  std::vector<tcp::ConnectionId> ids;
  const std::string request = "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 6; i++) {
    ids.push_back(dial());
    ASSERT_TRUE(client.send(ids.back(), Bytes(request.begin(), request.end())));
  }
  client.close_when_finished = true;
  run(120 * kSecond);
  for (const auto id : ids) {
    const std::string text = heard(id);
    ASSERT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(text.substr(text.find("\r\n\r\n") + 4) == big);
    EXPECT_EQ(client.known(id).reason, tcp::Reason::Finished);
  }
  EXPECT_EQ(in_use, 0) << "every document was given back";
}

TEST_F(OverTcpTest, ClientsThatVanishAndAbort) {
  const std::string request = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto vanishing = dial(), aborting = dial();
  for (const auto id : {vanishing, aborting})
    ASSERT_TRUE(client.send(id, Bytes(request.begin(), request.end())));
  run(10 * kMillisecond);
  EXPECT_GT(in_use, 0);
  client.forget(aborting);
  client.engine.abort(aborting);
  run(10 * kMillisecond);
  lose = 100;
  run(200 * kSecond);
  EXPECT_EQ(in_use, 0);
  EXPECT_EQ(engine.connections(), 0u);
  EXPECT_EQ(aborted, 1u) << "who says nothing is given up by the server, who resets has ended by itself";
  lose = 0;
  const auto next = dial();
  ASSERT_TRUE(client.send(next, Bytes(request.begin(), request.end())));
  run(10 * kSecond);
  EXPECT_TRUE(heard(next).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(OverTcpTest, OversizedHeaderIsAnsweredBeforeTheEnd) {
  const auto id = dial();
  client.close_when_finished = true;
  ASSERT_TRUE(client.send(id, Bytes{'G', 'E', 'T', ' ', '/', ' '}));
  const std::string start = "HTTP/1.1\r\nX: ";
  ASSERT_TRUE(client.send(id, Bytes(start.begin(), start.end())));
  ASSERT_TRUE(client.send(id, Bytes(100'000, 'x')));
  run(3 * kSecond);
  EXPECT_TRUE(heard(id).starts_with("HTTP/1.1 431 ")) << heard(id);
  EXPECT_EQ(client.known(id).reason, tcp::Reason::Finished) << "and no reset came before it";
}

TEST_F(OverTcpTest, IdleConnectionIsClosed) {
  const auto id = dial();
  client.close_when_finished = true;
  run(20 * kSecond);
  EXPECT_EQ(client.known(id).reason, tcp::Reason::Finished);
}

}  // namespace
}  // namespace http
