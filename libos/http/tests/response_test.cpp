// SPDX-License-Identifier: MIT
#include "http/response.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <random>
#include <string>

namespace http {
namespace {

std::string date(u64 seconds) {
  char buffer[64];
  base::Text text(buffer, sizeof buffer);
  write_date(text, seconds);
  return {text.data(), text.size()};
}

std::string status(u16 code, bool keep_alive, bool page, std::string_view directory = {}) {
  char buffer[kMaxResponseHeader];
  base::Text text(buffer, sizeof buffer);
  write_status(text, code, keep_alive, 784111777, page, directory);
  EXPECT_FALSE(text.truncated());
  return {text.data(), text.size()};
}

TEST(Date, ExampleOfRfc9110) { EXPECT_EQ(date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(Date, AgreesWithTheCLibrary) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; i++) {
    const time_t t = static_cast<time_t>(random() % 253402300800);
    struct tm parts;
    gmtime_r(&t, &parts);
    char expected[64];
    strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_EQ(date(static_cast<u64>(t)), expected) << t;
  }
  EXPECT_EQ(date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date(~0ul), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(ContentType, ByExtension) {
  EXPECT_EQ(content_type("/index.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type("/a/"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type("/x.tar.gz"), "application/gzip");
  EXPECT_EQ(content_type("/style.css"), "text/css; charset=utf-8");
  EXPECT_EQ(content_type("/dir.d/file"), "application/octet-stream");
  EXPECT_EQ(content_type("/a."), "application/octet-stream");
  EXPECT_EQ(content_type(""), "application/octet-stream");
}

TEST(Head, WholeAnswer) {
  char buffer[kMaxResponseHeader];
  base::Text text(buffer, sizeof buffer);
  write_head(text, {.status = 200,
                    .keep_alive = true,
                    .now = 784111777,
                    .length = 12345,
                    .modified = 1,
                    .type = "text/css",
                    .directory = {}});
  EXPECT_EQ(
      std::string(text.data(), text.size()),
      "HTTP/1.1 200 OK\r\nServer: Exo\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/css\r\n"
      "Content-Length: 12345\r\nLast-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\nConnection: "
      "keep-alive\r\n\r\n");
}

TEST(Status, PageAndLengthAgree) {
  for (const u16 code : {301, 400, 404, 405, 408, 413, 414, 431, 500, 501, 503, 505}) {
    const std::string text = status(code, false, true), without = status(code, false, false);
    const u64 end = text.find("\r\n\r\n") + 4;
    EXPECT_EQ(text.substr(0, end), without) << "HEAD gets the same header";
    EXPECT_NE(text.find("Content-Length: " + std::to_string(text.size() - end) + "\r\n"), std::string::npos);
    EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(reason(code), "Unknown");
  }
  EXPECT_NE(status(405, true, true).find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST(Status, LocationIsEncoded) {
  const std::string text = status(301, true, true, "/a b/\xc3\xa9\"<x>\r\nSet-Cookie: y");
  EXPECT_NE(text.find("Location: /a%20b/%c3%a9%22%3cx%3e%0d%0aSet-Cookie:%20y/\r\n"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace http
