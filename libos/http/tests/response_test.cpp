// SPDX-License-Identifier: MIT
#include "http/file_head.hpp"

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

std::string head_of(const Head& head) {
  char buffer[kMaxResponseHeader];
  base::Text text(buffer, sizeof buffer);
  write_head(text, head);
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
  const std::string text = head_of({.status = 200,
                                    .keep_alive = true,
                                    .now = 784111777,
                                    .length = 12345,
                                    .validators = {0, 1},
                                    .type = "text/css"});
  EXPECT_EQ(
      text,
      "HTTP/1.1 200 OK\r\nServer: Exo\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/css\r\n"
      "Content-Length: 12345\r\nLast-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\nConnection: "
      "keep-alive\r\n\r\n");
}

TEST(Head, OfAnAlternative) {
  const std::string text = head_of({.status = 200,
                                    .length = 5,
                                    .validators = {0xabc, 0},
                                    .type = "text/css",
                                    .encoding = Encoding::Brotli,
                                    .varies = true,
                                    .ranges = true});
  for (const char* line : {"Content-Encoding: br\r\n", "ETag: \"0000000000000abc\"\r\n",
                           "Vary: Accept-Encoding\r\n", "Accept-Ranges: bytes\r\n"})
    EXPECT_NE(text.find(line), std::string::npos) << text;
}

TEST(Head, OfWhatHasNoContent) {
  for (const u16 status : {u16{204}, u16{304}}) {
    const std::string text = head_of({.status = status, .length = 7, .type = "a/b"});
    EXPECT_EQ(text.find("Content-"), std::string::npos) << text;
    EXPECT_EQ(text.find("Allow:") != std::string::npos, status == 204);
  }
}

TEST(Head, RangesOfContent) {
  const ByteRange part{3, 9};
  EXPECT_NE(head_of({.status = 206, .part = &part, .whole = 20}).find("Content-Range: bytes 3-9/20\r\n"),
            std::string::npos);
  EXPECT_NE(head_of({.status = 416, .whole = 20}).find("Content-Range: bytes */20\r\n"), std::string::npos);
}

TEST(Head, LocationIsEncoded) {
  const std::string text =
      head_of({.status = 301, .encoded_location = "/a b/\xc3\xa9\"<x>\r\nSet-Cookie: y", .directory = true});
  EXPECT_NE(text.find("Location: /a%20b/%c3%a9%22%3cx%3e%0d%0aSet-Cookie:%20y/\r\n"), std::string::npos)
      << text;
}

TEST(FileHead, OnlyTheDateChanges) {
  for (const u16 status : {200, 206, 304}) {
    char made[kMaxFileHead], expected[kMaxFileHead];
    Head head{.status = status, .now = 1, .length = 9, .validators = {7, 5}, .type = "text/plain"};
    const u32 length = make_file_head(made, sizeof made, head);
    ASSERT_GT(length, 0u);
    DateClock clock{};
    patch_date(made, date_offset(status), clock.at(784111777));
    head.now = 784111777;
    ASSERT_EQ(make_file_head(expected, sizeof expected, head), length);
    EXPECT_EQ(std::string(made, length), std::string(expected, length));
    EXPECT_EQ(make_file_head(made, length - 1, head), 0u) << "no room";
  }
}

TEST(Status, EachHasAReason) {
  for (const u16 code : {200, 204, 206, 301, 302, 303, 304, 307, 308, 400, 403, 404, 405,
                         408, 410, 411, 412, 413, 414, 416, 417, 431, 500, 501, 503, 505})
    EXPECT_NE(reason(code), "Unknown") << code;
  EXPECT_EQ(reason(999), "Unknown");
}

}  // namespace
}  // namespace http
