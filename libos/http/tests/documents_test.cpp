// SPDX-License-Identifier: MIT
// The server: what is sent of a document, and what is said instead of one.
#include "libos/http/tests/server_fixture.hpp"

namespace http {
namespace {

class DocumentsTest : public ServerTest {
 protected:
  std::string ask(const std::string& request) {
    say(request);
    std::string text = heard();
    release();
    EXPECT_TRUE(in_use.empty());
    return text;
  }
  static std::string body(const std::string& text) { return text.substr(text.find("\r\n\r\n") + 4); }
  static bool has(const std::string& text, const std::string& line) {
    return text.substr(0, text.find("\r\n\r\n") + 2).find("\r\n" + line + "\r\n") != std::string::npos;
  }
  static std::string status(const std::string& text) { return text.substr(9, 3); }
};

TEST_F(DocumentsTest, OneRange) {
  const std::string text = ask(get("/digits", "Range: bytes=3-5\r\n"));
  EXPECT_EQ(status(text), "206");
  EXPECT_TRUE(has(text, "Content-Range: bytes 3-5/10") && has(text, "Content-Length: 3")) << text;
  EXPECT_EQ(body(text), "345");
  EXPECT_EQ(body(ask(get("/digits", "Range: bytes=-4\r\n"))), "6789");
  EXPECT_EQ(body(ask(get("/digits", "Range: bytes=8-\r\n"))), "89");
  EXPECT_TRUE(has(ask(get("/digits")), "Accept-Ranges: bytes"));
}

TEST_F(DocumentsTest, SeveralRanges) {
  const std::string text = ask(get("/digits", "Range: bytes=0-1, 4-4, -2\r\n"));
  EXPECT_EQ(status(text), "206");
  const u64 at = text.find("multipart/byteranges; boundary=");
  ASSERT_NE(at, std::string::npos) << text;
  const std::string boundary = text.substr(at + 31, text.find("\r\n", at) - at - 31);
  EXPECT_FALSE(has(text, "Content-Range: bytes 0-1/10")) << "not in the header";
  const std::string content = body(text), type = "Content-Type: application/octet-stream\r\n";
  EXPECT_EQ(content, "\r\n--" + boundary + "\r\n" + type + "Content-Range: bytes 0-1/10\r\n\r\n01" +
                         "\r\n--" + boundary + "\r\n" + type + "Content-Range: bytes 4-4/10\r\n\r\n4" +
                         "\r\n--" + boundary + "\r\n" + type + "Content-Range: bytes 8-9/10\r\n\r\n89" +
                         "\r\n--" + boundary + "--\r\n");
  EXPECT_TRUE(has(text, "Content-Length: " + std::to_string(content.size())));
}

TEST_F(DocumentsTest, RangesThatAreOneOrTooMany) {
  EXPECT_EQ(body(ask(get("/digits", "Range: bytes=0-3,2-5,6-6\r\n"))), "0123456");
  const std::string text = ask(get("/digits", "Range: bytes=0-0,2-2,4-4,6-6\r\n"));
  EXPECT_EQ(status(text), "200") << "more parts than a response has";
  EXPECT_EQ(body(text), "0123456789");
}

TEST_F(DocumentsTest, UnsatisfiableRange) {
  const std::string text = ask(get("/digits", "Range: bytes=10-\r\n"));
  EXPECT_EQ(status(text), "416");
  EXPECT_TRUE(has(text, "Content-Range: bytes */10"));
  EXPECT_FALSE(connections[0].closed);
}

TEST_F(DocumentsTest, ADocumentInPartsIsGivenBackOnce) {
  say(get("/digits", "Range: bytes=0-1,4-4,8-9\r\n"));
  EXPECT_EQ(connections[0].tokens.size(), 2 * kServedRanges + 1);
  while (connections[0].tokens.size() > 2) {
    release(0, 1);
    EXPECT_EQ(in_use.size(), 1u);
  }
  release(0, 1);
  EXPECT_TRUE(in_use.empty()) << "the end is not the document's";
  release();
  heard();
  say(get("/digits", "Range: bytes=0-1,4-4,8-9\r\n"));
  release(0, 2);
  wait(100 * kSecond);
  EXPECT_TRUE(connections[0].aborted) << "a reader that stopped";
}

TEST_F(DocumentsTest, RoomThatEndsBetweenTwoPieces) {
  for (u32 room = 0; room <= 2 * kServedRanges; room++) {
    open(0);
    sends_left = room;
    say(get("/digits", "Range: bytes=0-1,4-4,8-9\r\n"));
    EXPECT_TRUE(connections[0].aborted) << room;
    EXPECT_TRUE(in_use.empty()) << room;
  }
  sends_left = ~0u;
}

TEST_F(DocumentsTest, NotModified) {
  const std::string tag = "\"0000000000000077\"";
  EXPECT_TRUE(has(ask(get("/digits")), "ETag: " + tag));
  const std::string text = ask(get("/digits", "If-None-Match: " + tag + "\r\n"));
  EXPECT_EQ(status(text), "304");
  EXPECT_TRUE(has(text, "ETag: " + tag));
  EXPECT_EQ(body(text), "");
  EXPECT_EQ(text.find("Content-"), std::string::npos);
  EXPECT_EQ(status(ask(get("/digits", "If-Match: \"x\"\r\n"))), "412");
  EXPECT_EQ(status(ask(get("/none", "If-None-Match: *\r\n"))), "404") << "nothing there";
}

TEST_F(DocumentsTest, Alternatives) {
  const std::string plain = ask(get("/packed.css")),
                    packed = ask(get("/packed.css", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(body(plain), "p { color: red }");
  EXPECT_EQ(body(packed), "(packed)");
  EXPECT_TRUE(has(packed, "Content-Encoding: gzip") && !has(plain, "Content-Encoding: gzip"));
  for (const std::string& text : {plain, packed}) {
    EXPECT_TRUE(has(text, "Vary: Accept-Encoding")) << text;
    EXPECT_TRUE(has(text, "Content-Type: text/css; charset=utf-8")) << "of what it is when unpacked";
  }
  EXPECT_FALSE(has(ask(get("/digits")), "Vary: Accept-Encoding"));
  EXPECT_EQ(
      status(ask(get("/packed.css", "Accept-Encoding: gzip\r\nIf-None-Match: \"0000000000000077\"\r\n"))),
      "200")
      << "that is the other one's tag";
}

TEST_F(DocumentsTest, PagesOfTheSite) {
  const std::string text = ask(get("/none"));
  EXPECT_EQ(status(text), "404");
  EXPECT_EQ(body(text), "<p>nothing here");
  EXPECT_TRUE(has(text, "Content-Length: 15"));
  EXPECT_EQ(body(ask("HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n")), "");
  EXPECT_NE(body(ask(get("/broken"))).find("503 Service Unavailable"), std::string::npos);
}

TEST_F(DocumentsTest, Redirects) {
  std::string text = ask(get("/old"));
  EXPECT_EQ(status(text), "301");
  EXPECT_TRUE(has(text, "Location: /new"));
  text = ask(get("/blog/a%20b?c"));
  EXPECT_EQ(status(text), "308");
  EXPECT_TRUE(has(text, "Location: https://blog.example/a%20b")) << text;
  EXPECT_EQ(status(ask(get("/older"))), "404");
}

TEST_F(DocumentsTest, Options) {
  const std::string text = ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status(text), "204");
  EXPECT_TRUE(has(text, "Allow: GET, HEAD, OPTIONS"));
  EXPECT_EQ(body(text), "");
}

}  // namespace
}  // namespace http
