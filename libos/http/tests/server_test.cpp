// SPDX-License-Identifier: MIT
// The server: connections, requests and time.
#include "libos/http/tests/server_fixture.hpp"

namespace http {
namespace {

TEST_F(ServerTest, ServesADocument) {
  say(get("/a.txt"));
  const std::string answer = heard();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n"),
            std::string::npos);
  EXPECT_NE(answer.find("Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"), std::string::npos) << "one second later";
  EXPECT_TRUE(answer.ends_with("\r\n\r\nalpha"));
  EXPECT_EQ(in_use.size(), 1u) << "until it has arrived";
  release();
  EXPECT_TRUE(in_use.empty());
  EXPECT_FALSE(connections[0].closed);
}

TEST_F(ServerTest, HeadAndEmpty) {
  say("HEAD /big HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string answer = heard();
  EXPECT_NE(answer.find("Content-Length: 100000\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  release();
  say(get("/empty"));
  answer = heard();
  EXPECT_NE(answer.find("Content-Length: 0\r\n"), std::string::npos);
  release();
  EXPECT_TRUE(in_use.empty());
  say("HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(heard().ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, Statuses) {
  const auto answer = [&](const std::string& request) {
    open(0);
    say(request);
    const std::string text = heard();
    release();
    EXPECT_EQ(connections[0].closed, count(text, "Connection: close") == 1) << text;
    return text.substr(9, 3) + (connections[0].closed ? " closed" : "");
  };
  EXPECT_EQ(answer(get("/none")), "404");
  EXPECT_EQ(answer(get("/dir")), "301");
  EXPECT_EQ(answer(get("/broken")), "503");
  EXPECT_EQ(answer("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "204");
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"), "405");
  EXPECT_EQ(answer("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), "501");
  EXPECT_EQ(answer(get("/../x")), "400 closed");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\n\r\n"), "400 closed");
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"), "413 closed");
  EXPECT_EQ(answer("GET /" + std::string(5000, 'x')), "414 closed");
  EXPECT_EQ(answer(get("/", "X: " + std::string(9000, 'x') + "\r\n")), "431 closed");
  EXPECT_EQ(answer("GET / HTTP/3.0\r\n\r\n"), "505 closed");
  EXPECT_EQ(answer(get("/", "Transfer-Encoding: chunked\r\n")), "411 closed");
  EXPECT_EQ(answer("GET / HTTP/1.0\r\n\r\n"), "200 closed");
}

TEST_F(ServerTest, RedirectNamesTheDirectory) {
  say(get("/dir"));
  EXPECT_NE(heard().find("Location: /dir/\r\n"), std::string::npos);
}

TEST_F(ServerTest, EveryCutOfPipelinedRequests) {
  const std::string all =
      get("/a.txt") + get("/none") + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/", "Connection: close\r\n");
  std::string expected;
  for (u64 size = 1; size <= all.size(); size++) {
    open(0);
    run = size % 7 + 1;
    std::string out;
    for (u64 at = 0; at < all.size(); at += size) {
      say(all.substr(at, size));
      out += heard();
      release();
      out += heard();
    }
    release();
    EXPECT_TRUE(connections[0].closed);
    if (expected.empty()) expected = out;
    ASSERT_EQ(out, expected) << size;
  }
  EXPECT_EQ(count(expected, "HTTP/1.1 "), 4u);
}

TEST_F(ServerTest, PipeliningIsBounded) {
  std::string many;
  for (int i = 0; i < 10; i++) many += get("/a.txt");
  say(many);
  EXPECT_EQ(count(heard(), "HTTP/1.1 200"), kResponses);
  EXPECT_FALSE(connections[0].in.empty()) << "the rest waits in the transport";
  release(0, 1);
  EXPECT_EQ(heard(), "") << "a header has arrived, its document not yet";
  release(0, 1);
  EXPECT_EQ(count(heard(), "HTTP/1.1 200"), 1u);
  for (int i = 0; i < 10; i++) release();
  EXPECT_TRUE(connections[0].in.empty());
}

TEST_F(ServerTest, ADocumentThatComesLater) {
  loading = true;
  say(get("/a.txt") + get("/none"));
  EXPECT_EQ(heard(), "");
  server.resume(now);
  EXPECT_EQ(heard(), "") << "still loading";
  loading = false;
  server.resume(now);
  const std::string out = heard();
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200"));
  EXPECT_EQ(count(out, "HTTP/1.1 404"), 1u) << "and the request behind it";
  const u32 before = asked;
  server.resume(now);
  EXPECT_EQ(asked, before) << "nobody waits";
  release();
}

TEST_F(ServerTest, ADocumentThatNeverComes) {
  loading = true;
  say(get("/a.txt"));
  wait(15 * kSecond);
  server.resume(now);
  wait(15 * kSecond);
  EXPECT_TRUE(heard().starts_with("HTTP/1.1 503"));
  loading = false;
  release();
  say(get("/a.txt"));
  EXPECT_TRUE(heard().starts_with("HTTP/1.1 200"));
  release();
}

TEST_F(ServerTest, ClosedWhileLoading) {
  loading = true;
  say(get("/a.txt"));
  server.closed(now, 0);
  loading = false;
  server.resume(now);
  EXPECT_EQ(heard(), "");
}

TEST_F(ServerTest, SlowHeader) {
  say("GET /");
  for (int i = 0; i < 9; i++) {
    wait(kSecond);
    say("T");  // a byte now and then does not help
    EXPECT_EQ(connections[0].out, "");
  }
  wait(kSecond);
  EXPECT_TRUE(heard().starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(connections[0].closed);
}

TEST_F(ServerTest, IdleConnectionsAreClosedQuietly) {
  wait(14 * kSecond);
  EXPECT_FALSE(connections[0].closed);
  wait(kSecond);
  EXPECT_TRUE(connections[0].closed);
  EXPECT_EQ(heard(), "");
  wait(Timeouts{}.drain);
  EXPECT_TRUE(connections[0].aborted) << "the peer does not close";
  open(1);
  say(get("/a.txt"), 1);
  release(1);
  wait(15 * kSecond);
  EXPECT_TRUE(connections[1].closed) << "after a request too";
}

TEST_F(ServerTest, ReadersMayBeSlowButNotEndlessly) {
  say(get("/big"));
  wait(50 * kSecond);
  EXPECT_FALSE(connections[0].aborted) << "100 kB may take 54 s";
  wait(5 * kSecond);
  EXPECT_TRUE(connections[0].aborted);
  EXPECT_TRUE(in_use.empty());
}

TEST_F(ServerTest, WhatComesAfterTheEndIsDrained) {
  say("GET / HTTP/9.0\r\n\r\n" + std::string(10'000, 'z'));
  EXPECT_TRUE(connections[0].in.empty());
  say(std::string(10'000, 'z'));
  EXPECT_TRUE(connections[0].in.empty());
  release();
  EXPECT_EQ(count(heard(), "HTTP/1.1"), 1u);
  wait(Timeouts{}.drain);
  EXPECT_TRUE(connections[0].aborted);
}

TEST_F(ServerTest, PeerClosesAfterItsRequest) {
  connections[0].peer_closed = true;
  say(get("/a.txt"));
  EXPECT_TRUE(heard().ends_with("alpha"));
  EXPECT_TRUE(connections[0].closed);
  release();
  open(1);
  connections[1].peer_closed = true;
  say("GET / HT", 1);
  EXPECT_TRUE(connections[1].closed);
  EXPECT_EQ(heard(1), "");
}

TEST_F(ServerTest, ATransportWithoutRoomLosesTheConnectionOnly) {
  refuse_sends = true;
  say(get("/a.txt"));
  EXPECT_TRUE(connections[0].aborted);
  EXPECT_TRUE(in_use.empty());
  refuse_sends = false;
  open(0);
  say(get("/a.txt"));
  EXPECT_TRUE(heard().ends_with("alpha"));
  release();
}

TEST_F(ServerTest, DeadlineIsTheEarliest) {
  EXPECT_EQ(server.poll(now), now + 15 * kSecond);
  open(1);
  say("G", 1);
  EXPECT_EQ(server.poll(now), now + 10 * kSecond);
  server.closed(now, 0);
  server.closed(now, 1);
  EXPECT_EQ(wait(20 * kSecond), abi::kForever);
}

}  // namespace
}  // namespace http
