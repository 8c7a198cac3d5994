// SPDX-License-Identifier: MIT
// A server over a transport and a site that do what a test says.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "http/server.hpp"

namespace http {

inline constexpr u64 kSecond = 1'000'000'000;
inline constexpr u32 kSlots = 3;

class ServerTest : public ::testing::Test {
 protected:
  struct Connection {
    std::string in, out;
    std::deque<u64> tokens;
    bool peer_closed = false, closed = false, aborted = false;
  };

  ServerTest() {
    server.start(std::span(sessions.get(), kSlots), transport(), site(), 784111777);
    files["/"] = "<h1>home</h1>";
    files["/a.txt"] = "alpha";
    files["/empty"] = "";
    files["/digits"] = "0123456789";
    files["/packed.css"] = "p { color: red }";
    files["/packed.css.gz"] = "(packed)";
    files["/big"] = std::string(100'000, 'b');
    open(0);
  }
  ~ServerTest() override { EXPECT_TRUE(in_use.empty()) << "documents not given back"; }

  // The site
 public:
  Found find(u64, std::string_view path, const AcceptEncoding& accept, Document& document) {
    asked++;
    const bool packed = path == "/packed.css";
    const Encoding encoding = packed ? accept.choose(bit_of(Encoding::Gzip)) : Encoding::Identity;
    if (path == "/dir") return Found::Directory;
    if (path == "/broken") return Found::Failed;
    const auto it = files.find(std::string(path) + std::string(suffix_of(encoding)));
    if (it == files.end()) return Found::Missing;
    if (loading) return Found::Later;
    document = {.data = reinterpret_cast<const u8*>(it->second.data()),
                .length = static_cast<u32>(it->second.size()),
                .modified = 1,
                .type = {},
                .token = ++next_token,
                .tag = 0x77 + static_cast<u64>(encoding),
                .encoding = encoding,
                .varies = packed};
    in_use.insert(next_token);
    return Found::Here;
  }
  void done(u64 token) { EXPECT_EQ(in_use.erase(token), 1u) << "given back twice"; }

 protected:
  Site site() {
    static constexpr ErrorPage kPages[] = {{404, "<p>nothing here"}};
    static constexpr Redirect kRedirects[] = {{"/old", "/new"}, {"/blog/*", "https://blog.example/", 308}};
    Site made = site_of(*this);
    made.pages = kPages;
    made.redirects = kRedirects;
    return made;
  }

  // The transport
  static ServerTest& self(void* p) { return *static_cast<ServerTest*>(p); }
  Transport transport() {
    return {this,
            [](void* p, u32 slot) -> std::span<const u8> {
              const std::string& in = self(p).connections[slot].in;
              return {reinterpret_cast<const u8*>(in.data()), std::min<u64>(in.size(), self(p).run)};
            },
            [](void* p, u32 slot, u32 count) { self(p).connections[slot].in.erase(0, count); },
            [](void* p, u32 slot) {
              return self(p).connections[slot].peer_closed && self(p).connections[slot].in.empty();
            },
            [](void* p, u32 slot, const u8* data, u32 length, u64 token) {
              Connection& c = self(p).connections[slot];
              EXPECT_FALSE(c.closed) << "said something after closing";
              if (self(p).refuse_sends || self(p).sends_left == 0) return false;
              self(p).sends_left--;
              c.out.append(reinterpret_cast<const char*>(data), length);
              c.tokens.push_back(token);
              return true;
            },
            [](void* p, u32 slot) { self(p).connections[slot].closed = true; },
            [](void* p, u32 slot) {
              self(p).connections[slot].aborted = true;
              self(p).release(slot);
            }};
  }
  void open(u32 slot) {
    connections[slot] = {};
    server.opened(now, slot);
  }
  void say(const std::string& text, u32 slot = 0) {
    connections[slot].in += text;
    server.readable(now, slot);
  }
  void release(u32 slot = 0, u64 count = ~0ul) {
    Connection& c = connections[slot];
    for (; count > 0 && !c.tokens.empty(); count--) {
      const u64 token = c.tokens.front();
      c.tokens.pop_front();
      server.released(now, slot, token);
    }
  }
  std::string heard(u32 slot = 0) { return std::exchange(connections[slot].out, {}); }
  u64 wait(u64 time) {
    now += time;
    return server.poll(now);
  }
  static std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
  }
  static u64 count(const std::string& text, const std::string& what) {
    u64 n = 0;
    for (u64 at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) n++;
    return n;
  }

  u64 now = kSecond;
  u64 run = ~0ul;  // bytes in one run
  bool loading = false, refuse_sends = false;
  u32 sends_left = ~0u;
  u32 asked = 0;
  std::map<std::string, std::string> files;
  std::set<u64> in_use;
  u64 next_token = 100;
  std::map<u32, Connection> connections;
  std::unique_ptr<Session[]> sessions = std::make_unique<Session[]>(kSlots);
  Server server;
};

}  // namespace http
