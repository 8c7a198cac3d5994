// SPDX-License-Identifier: MIT
#include "http/parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace http {
namespace {

struct Parsed {
  Parser parser;
  u64 taken = 0;  // bytes of the text that belong to the request
};

std::span<const u8> bytes_of(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

Parsed parse(std::string_view text) {
  Parsed p;
  p.parser.reset();
  p.taken = p.parser.feed(bytes_of(text));
  return p;
}

// The status with which the request is refused, 0 for none.
u16 error(std::string_view text) {
  const Parsed p = parse(text);
  EXPECT_EQ(p.parser.failed(), p.parser.error() != 0);
  return p.parser.error();
}

const std::string kHost = "Host: a\r\n\r\n";

TEST(Parser, ReadsAGet) {
  const Parsed p = parse("GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\nGET /next");
  EXPECT_TRUE(p.parser.done());
  EXPECT_EQ(p.parser.method(), Method::Get);
  EXPECT_EQ(p.parser.path(), "/index.html");
  EXPECT_TRUE(p.parser.keep_alive());
  EXPECT_EQ(p.taken, 47u) << "what follows belongs to the next request";
}

TEST(Parser, CutAtEveryByteItIsTheSame) {
  const std::string text =
      "\r\nHEAD /a%20b/./c?q HTTP/1.1\r\nHost: x:80\r\nX-Any: thing \r\nConnection: close, upgrade\r\n"
      "Content-Length: 5\r\n\r\nhello";
  for (u64 cut = 0; cut <= text.size(); cut++) {
    for (const u64 second : {cut, (cut + text.size()) / 2}) {
      Parser p;
      p.reset();
      u64 taken = p.feed(bytes_of(std::string_view(text).substr(0, cut)));
      taken += p.feed(bytes_of(std::string_view(text).substr(cut, second - cut)));
      taken += p.feed(bytes_of(std::string_view(text).substr(second)));
      ASSERT_TRUE(p.done()) << cut;
      EXPECT_EQ(taken, text.size());
      EXPECT_EQ(p.method(), Method::Head);
      EXPECT_EQ(p.path(), "/a b/c");
      EXPECT_FALSE(p.keep_alive());
    }
  }
}

TEST(Parser, NeedsEveryByte) {
  const std::string text = "GET / HTTP/1.1\r\n" + kHost;
  for (u64 n = 0; n < text.size(); n++) {
    const Parsed p = parse(std::string_view(text).substr(0, n));
    EXPECT_FALSE(p.parser.done() || p.parser.failed());
    EXPECT_EQ(p.parser.started(), n > 0);
  }
}

TEST(Parser, LinesMayEndWithLineFeedOnly) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\nHost: a\n\n").parser.done());
  EXPECT_EQ(error("GET / HTTP/1.1\rHost: a\r\n\r\n"), 400) << "but not with a bare CR";
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"), 400);
}

TEST(Parser, KeepAliveRules) {
  const auto keeps = [](const std::string& version, const std::string& field) {
    const Parsed p = parse("GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n");
    EXPECT_TRUE(p.parser.done()) << version << field;
    return p.parser.keep_alive();
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "connection: foo , CLOSE\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_TRUE(keeps("1.2", "")) << "served as 1.1";
}

TEST(Parser, Versions) {
  EXPECT_EQ(error("GET / HTTP/2.0\r\n" + kHost), 505);
  EXPECT_EQ(error("GET / HTTP/0.9\r\n" + kHost), 505);
  EXPECT_EQ(error("GET / HTTP/1\r\n" + kHost), 400);
  EXPECT_EQ(error("GET / HTTP/1.11\r\n" + kHost), 400);
  EXPECT_EQ(error("GET / http/1.1\r\n" + kHost), 400);
  EXPECT_EQ(error("GET /\r\n" + kHost), 400) << "HTTP/0.9 has none";
  EXPECT_EQ(error("GET  / HTTP/1.1\r\n" + kHost), 400);
  EXPECT_EQ(error("GET / HTTP/1.1 \r\n" + kHost), 400);
}

TEST(Parser, HostIsNeededOnce) {
  EXPECT_EQ(error("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(error("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0) << "empty is allowed";
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"), 0);
}

TEST(Parser, Methods) {
  for (const char* name : {"POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"}) {
    const Parsed p = parse(std::string(name) + " * HTTP/1.1\r\n" + kHost);
    EXPECT_TRUE(p.parser.done());
    EXPECT_EQ(p.parser.method(), Method::NotAllowed) << name;
  }
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\n" + kHost).parser.method(), Method::Options);
  EXPECT_EQ(parse("OPTIONS /a HTTP/1.1\r\n" + kHost).parser.method(), Method::Options);
  EXPECT_EQ(error("OPTIONS a HTTP/1.1\r\n" + kHost), 400);
  EXPECT_EQ(parse("BREW / HTTP/1.1\r\n" + kHost).parser.method(), Method::Unknown);
  EXPECT_EQ(parse("get / HTTP/1.1\r\n" + kHost).parser.method(), Method::Unknown);
  EXPECT_EQ(error("ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" + kHost), 501);
  EXPECT_EQ(error("G\"T / HTTP/1.1\r\n" + kHost), 400);
  EXPECT_EQ(error(" GET / HTTP/1.1\r\n" + kHost), 400);
  EXPECT_EQ(error("\x16\x03\x01\x02"), 400) << "the beginning of TLS";
}

TEST(Parser, MalformedFields) {
  const std::string line = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(error(line + "X : y\r\n\r\n"), 400) << "space before the colon";
  EXPECT_EQ(error(line + " X: y\r\n\r\n"), 400) << "a continued line";
  EXPECT_EQ(error(line + ": y\r\n\r\n"), 400);
  EXPECT_EQ(error(line + "X\r\n\r\n"), 400);
  EXPECT_EQ(error(line + "X: a\x01z\r\n\r\n"), 400);
  EXPECT_EQ(error(line + std::string("X: a\0b\r\n\r\n", 10)), 400);
  EXPECT_EQ(error(line + "X: \x80\xff\ttab\r\n\r\n"), 0);
  EXPECT_EQ(error(line + std::string(200, 'n') + ": y\r\n\r\n"), 0) << "a long name is one we do not read";
}

TEST(Parser, Limits) {
  const std::string line = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(error("GET /" + std::string(kMaxTarget - 1, 'a') + " HTTP/1.1\r\n" + kHost), 0);
  EXPECT_EQ(error("GET /" + std::string(kMaxTarget, 'a') + " HTTP/1.1\r\n" + kHost), 414);
  EXPECT_EQ(error("GET /" + std::string(100'000, 'a')), 414);
  const std::string rest = "\r\n\r\n";
  const u64 fits = kMaxHeader - line.size() - 3 - rest.size();
  EXPECT_EQ(error(line + "X: " + std::string(fits, 'v') + rest), 0);
  EXPECT_EQ(error(line + "X: " + std::string(fits + 1, 'v') + rest), 431);
  EXPECT_EQ(error(line + "X: " + std::string(100'000, 'v')), 431);
  std::string many = line;
  for (int i = 0; i < 3000; i++) many += "A: b\r\n";
  EXPECT_EQ(error(many), 431);
  const u64 value = kMaxFieldLine - std::string("Host: ").size();
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: " + std::string(value, 'a') + rest), 0);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: " + std::string(value + 1, 'a') + rest), 431);
  EXPECT_EQ(error(line + "Range: " + std::string(value + 1, 'a') + rest), 0) << "a wish only";
  EXPECT_EQ(error(line + "If-Match: " + std::string(value + 1, 'a') + rest), 431);
  EXPECT_EQ(error(line + "Cookie: " + std::string(4000, 'a') + rest), 0);
  EXPECT_EQ(error(line + std::string(kMaxFieldLine + 1, 'a') + ": b" + rest), 431);
}

TEST(Parser, Bodies) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const Parsed p = parse(post + "Content-Length: 3\r\n\r\nabcGET");
  EXPECT_TRUE(p.parser.done());
  EXPECT_EQ(p.taken, post.size() + 21 + 3);
  EXPECT_FALSE(parse(post + "Content-Length: 3\r\n\r\nab").parser.done());
  EXPECT_EQ(error(post + "Content-Length: 65536\r\n\r\n"), 0);
  EXPECT_EQ(error(post + "Content-Length: 65537\r\n\r\n"), 413);
  EXPECT_EQ(error(post + "Content-Length: 99999999999999999999999999\r\n\r\n"), 413);
  EXPECT_EQ(error(post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 0);
  EXPECT_EQ(error(post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400);
  for (const char* bad : {"-1", "+3", "3 4", "0x3", "", "3,3", "3.0"}) {
    EXPECT_EQ(error(post + "Content-Length: " + bad + "\r\n\r\n"), 400) << bad;
  }
}

TEST(Parser, TransferEncodingIsRefused) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
  EXPECT_EQ(error(get + "\r\n"), 411) << "its length is asked for";
  EXPECT_EQ(error(get + "Transfer-Encoding: chunked\r\n\r\n"), 501);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"), 501);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n"), 400);
  EXPECT_EQ(error(get + "Content-Length: 3\r\n\r\n"), 400) << "which of the two counts? (smuggling)";
  EXPECT_EQ(error("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Parser, ExpectedContinue) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n";
  const Parsed p = parse(post + "Expect: 100-continue\r\n\r\n");
  EXPECT_TRUE(p.parser.done()) << "the answer needs no body";
  EXPECT_FALSE(p.parser.keep_alive()) << "whether one comes nobody knows";
  EXPECT_EQ(error(post + "Expect: a-miracle\r\n\r\n"), 417);
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").parser.keep_alive());
  EXPECT_FALSE(parse("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").parser.done());
}

// What every cut of a text gives: complete, error, bytes taken, path.
std::string outcome(const std::string& text, u64 step) {
  Parser p;
  p.reset();
  u64 taken = 0;
  for (u64 at = 0; at < text.size() && !p.done() && !p.failed(); at += step)
    taken += p.feed(bytes_of(std::string_view(text).substr(at, step)));
  return std::to_string(p.done()) + " " + std::to_string(p.error()) + " " + std::to_string(taken) + " " +
         (p.done() ? std::string(p.path()) : "");
}

TEST(Parser, LongLinesHowEverCut) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n", end = "\r\n\r\n";
  for (const std::string& text :
       {"GET /" + std::string(3000, 'a') + "\x01", "GET " + std::string(2040, '/') + " HTTP/1.1" + end,
        std::string(3000, 'A'), "GET /" + std::string(2047, 'b') + " HTTP/1.1" + std::string(100, ' ') + end,
        get + "Cookie: " + std::string(2000, 'c') + "\x7f", get + "Cookie: " + std::string(504, 'c') + end,
        get + "Cookie: " + std::string(505, 'c') + end, get + "Cookie: " + std::string(7000, 'c') + end,
        get + "Cookie: " + std::string(8192, 'c') + end, get + "If-Match: " + std::string(600, 'c') + end,
        get + std::string(600, 'c') + end, get + "Range: bytes=" + std::string(600, '1') + end,
        get + "Cookie: " + std::string(600, 'c') + "\rx" + end}) {
    const std::string whole = outcome(text, text.size());
    for (const u64 step : {1, 2, 3, 7, 64, 511, 512, 513, 1460, 2074, 2075})
      EXPECT_EQ(outcome(text, step), whole) << text.substr(0, 40) << " by " << step;
  }
}

TEST(Parser, Targets) {
  const auto path = [](const std::string& target) {
    const Parsed p = parse("GET " + target + " HTTP/1.1\r\n" + kHost);
    return p.parser.done() ? std::string(p.parser.path()) : std::to_string(p.parser.error());
  };
  EXPECT_EQ(path("/"), "/");
  EXPECT_EQ(path("/a//b/./c/"), "/a/b/c/");
  EXPECT_EQ(path("//"), "/");
  EXPECT_EQ(path("/."), "/");
  EXPECT_EQ(path("/a/."), "/a/");
  EXPECT_EQ(path("/?x=/../y"), "/");
  EXPECT_EQ(path("/a%2Fb%20c%C3%A9"), "/a/b c\xc3\xa9");
  EXPECT_EQ(path("/a..b/...c/.d"), "/a..b/...c/.d");
  EXPECT_EQ(path("http://example.org/x/y?z"), "/x/y");
  EXPECT_EQ(path("HTTP://example.org"), "/");
  EXPECT_EQ(path("http://example.org?q"), "/");
  EXPECT_EQ(path("/a/.."), "/");
  EXPECT_EQ(path("/a/../b"), "/b");
  EXPECT_EQ(path("/a/b/../../c/./..//d/"), "/d/");
  EXPECT_EQ(path("/a/%2E./b"), "/b");
  EXPECT_EQ(path("/a%2f..%2fb"), "/b");
  for (const char* bad :
       {"/..",        "/../etc", "/a/../..",  "/a/../../b",  "/%2e%2e/x",   "/a/%2E./%2e%2E/b",
        "/%2f..%2fb", "http://", "http:///x", "http://a b/", "http://u@h/", "/%00",
        "/a%00.html", "/%",      "/%4",       "/%zz",        "/%0a",        "/%7f",
        "a",          "*",       "/#x",       "http:/x",     "ftp://a/b",   "?"}) {
    EXPECT_EQ(path(bad), "400") << bad;
  }
}

TEST(Parser, NoiseNeverHurts) {
  std::mt19937 random(11);
  const std::string seeds[] = {"GET /a/b?c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                               "POST /%41 HTTP/1.0\r\nContent-Length: 4\r\n\r\nabcd",
                               "HEAD http://x/ HTTP/1.1\r\nHost:x\r\n\r\n"};
  constexpr std::string_view kOdd(
      "\0 \r\n:/%.\t,#?\x7f\xff"
      "0A",
      16);
  for (int round = 0; round < 30'000; round++) {
    std::string text = seeds[random() % 3];
    for (u32 i = random() % 6; i-- > 0;) {
      const u64 at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, random() % 5);
      } else if (random() % 2 == 0) {
        text.insert(at, 1 + random() % 3, kOdd[random() % kOdd.size()]);
      } else {
        text[at] = static_cast<char>(random());
      }
      if (text.empty()) text = "G";
    }
    const std::unique_ptr<u8[]> exact(new u8[text.size()]);
    std::copy(text.begin(), text.end(), exact.get());
    Parser p;
    p.reset();
    for (u64 at = 0; at < text.size() && !p.done() && !p.failed();) {
      const u64 n = std::min<u64>(1 + random() % 20, text.size() - at);
      const u32 taken = p.feed({exact.get() + at, n});
      ASSERT_TRUE(taken == n || p.done() || p.failed());
      at += n;
    }
    if (!p.done() || p.method() > Method::Head) continue;
    ASSERT_TRUE(p.path().starts_with('/'));
    ASSERT_EQ((std::string(p.path()) + "/").find("/../"), std::string::npos) << text;
    ASSERT_EQ(p.path().find('\0'), std::string::npos);
  }
}

}  // namespace
}  // namespace http
