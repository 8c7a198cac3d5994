// SPDX-License-Identifier: MIT
// The whole server on a transport and a disk that the test plays.
#include <gtest/gtest.h>

#include "apps/cheetah/tests/stage.hpp"

namespace {

using namespace cheetah_test;

std::vector<pack::File> site() {
  return {{"index.html", 10, text("<h1>start</h1>")},
          {"a.css", 20, text("body {}")},
          {"a.css.gz", 20, text("gzipped")},
          {"a.css.br", 20, text("brotli")},
          {"d/index.html", 30, text("in d")},
          {"404.html", 40, text("nothing here")},
          {"empty", 50, {}},
          {"large.bin", 60, noise(700'000, 1)},
          {"medium.bin", 70, noise(100'000, 2)}};
}
constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

bool has(const std::string& response, const std::string& what) {
  return response.find(what) != response.npos;
}

TEST(Cheetah, ServesEveryFile) {
  Stage stage(site());
  stage.open(0);
  for (int round = 0; round < 2; round++)
    for (const pack::File& file : site()) {
      const std::string response = stage.ask(0, "/" + file.path);
      EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << file.path;
      EXPECT_EQ(body_of(response), as_string(file.bytes)) << file.path;
    }
  EXPECT_EQ(stage.server->counters().responses_ok, 2 * site().size());
  EXPECT_GT(stage.server->counters().known, 0u);
}

TEST(Cheetah, KeepsNothingIfNotAskedTo) {
  Stage stage(site());
  stage.store.cache().keep_hot(false);
  stage.open(0);
  for (u32 round = 1; round <= 3; round++) {
    for (const pack::File& file : site())
      EXPECT_EQ(body_of(stage.ask(0, "/" + file.path)), as_string(file.bytes)) << file.path;
    EXPECT_EQ(stage.store.cache().resident(), 0u);
    EXPECT_GE(stage.disk.dropped, round * (site().size() - 1));  // one is empty
  }
}

TEST(Cheetah, HeaderAndFileAreOnePiece) {
  Stage stage(site());
  stage.open(0);
  stage.ask(0, "/");
  stage.say(0, kGet);
  EXPECT_EQ(stage.transport.at[0].tokens.size(), 1u);
  EXPECT_EQ(stage.server->counters().known, 1u);
  stage.take(0);
  stage.options.heads = false;
  stage.say(0, kGet);
  EXPECT_EQ(stage.transport.at[0].tokens.size(), 2u);
}

TEST(Cheetah, DateIsTodays) {
  Stage stage(site());
  stage.open(0);
  EXPECT_TRUE(has(stage.ask(0, "/"), "Date: Sun, 09 Sep 2001 01:46:45 GMT"));
  stage.now += 1'000'000'000;
  EXPECT_TRUE(has(stage.ask(0, "/"), "Date: Sun, 09 Sep 2001 01:46:46 GMT"));
  // While it may be on its way it is not changed: a copy has the new date.
  stage.say(0, kGet);
  stage.now += 1'000'000'000;
  stage.transport.is_quiet = false;
  stage.open(1);
  stage.say(1, kGet);
  EXPECT_EQ(stage.transport.at[1].tokens.size(), 2u);
  EXPECT_TRUE(has(stage.transport.at[1].out, "01:46:47"));
  EXPECT_TRUE(has(stage.all(0), "01:46:46"));
}

TEST(Cheetah, ChoosesAlternatives) {
  Stage stage(site());
  stage.open(0);
  const std::string gzip = stage.ask(0, "/a.css", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(body_of(gzip), "gzipped");
  EXPECT_TRUE(has(gzip, "Content-Encoding: gzip") && has(gzip, "Vary: Accept-Encoding") &&
              has(gzip, "text/css"));
  const std::string brotli = stage.ask(0, "/a.css", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(body_of(brotli), "brotli");
  const std::string plain = stage.ask(0, "/a.css");
  EXPECT_EQ(body_of(plain), "body {}");
  EXPECT_TRUE(!has(plain, "Content-Encoding") && has(plain, "Vary: Accept-Encoding"));
  const std::string itself = stage.ask(0, "/a.css.gz");
  EXPECT_EQ(body_of(itself), "gzipped");
  EXPECT_TRUE(!has(itself, "Content-Encoding") && has(itself, "application/gzip"));
}

TEST(Cheetah, PagesOfTheSite) {
  Stage stage(site());
  stage.open(0);
  const std::string missing = stage.ask(0, "/none");
  EXPECT_TRUE(missing.starts_with("HTTP/1.1 404 Not Found"));
  EXPECT_EQ(body_of(missing), "nothing here");
  EXPECT_TRUE(has(stage.ask(0, "/d"), "Location: /d/"));
  EXPECT_EQ(body_of(stage.ask(0, "/d/")), "in d");
}

TEST(Cheetah, RangesAcrossRuns) {
  Stage stage(site());
  stage.open(0);
  const std::string whole = as_string(noise(700'000, 1));
  const std::string one = stage.ask(0, "/large.bin", "Range: bytes=65000-140000\r\n");
  EXPECT_TRUE(one.starts_with("HTTP/1.1 206"));
  EXPECT_EQ(body_of(one), whole.substr(65000, 75001));
  const std::string several = stage.ask(0, "/large.bin", "Range: bytes=0-9,300000-500000,-5\r\n");
  EXPECT_TRUE(has(several, whole.substr(300000, 200001)) && has(several, whole.substr(699995)));
  const std::string head = several.substr(0, several.find("\r\n\r\n"));
  const u64 length = std::stoul(head.substr(head.find("Content-Length: ") + 16));
  EXPECT_EQ(body_of(several).size(), length);
  EXPECT_TRUE(stage.ask(0, "/large.bin", "Range: bytes=700000-\r\n").starts_with("HTTP/1.1 416"));
}

// Who is slow keeps little of the file in memory; a large window is filled, but no more than kMostPieces.
TEST(Cheetah, HasAsManyPartsOnTheirWayAsTheWindowCovers) {
  constexpr u32 kPart = pack::kRunBlocks * pack::kBlock;
  Stage stage(site(), 4096);
  const std::pair<u32, u64> cases[] = {
      {0, kFewPieces}, {3 * kPart, 5}, {5 * kPart + 1, 7}, {~0u, kMostPieces}};
  for (const auto& [window, pieces] : cases) {
    stage.open(0);
    stage.transport.at[0].window = window;
    stage.say(0, "GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 20; i++) stage.read_disk();
    EXPECT_EQ(stage.transport.at[0].tokens.size(), pieces) << window;
    stage.finish(0);
  }
}

// Six clients at different places of a file, each of which takes a piece now and then: whatever is being
// sent, or is about to be, must not make room for what is read ahead.
void serve_more_than_fits(u64 budget, unsigned seed) {
  Stage stage(site(), budget);  // pages; the file has 172
  const std::string wanted = as_string(noise(700'000, 1));
  const auto start = [](u32 slot) { return slot * 65'536u + 10'000; };
  for (u32 slot = 0; slot < 6; slot++) {
    stage.open(slot);
    stage.say(slot, "GET /large.bin HTTP/1.1\r\nHost: x\r\nRange: bytes=" + std::to_string(start(slot)) +
                        "-\r\n\r\n");
  }
  for (int i = 0; i < 3000; i++) {
    seed = seed * 1664525 + 1013904223;
    if ((seed >> 28) < 4) stage.read_disk();
    stage.take(seed >> 16 & 7, 1);
    ASSERT_LE(stage.store.cache().resident(), budget);
  }
  for (u32 slot = 0; slot < 6; slot++) stage.finish(slot);
  for (u32 slot = 0; slot < 6; slot++)
    EXPECT_TRUE(body_of(stage.all(slot)) == wanted.substr(start(slot))) << slot << " with " << budget;
  EXPECT_GT(stage.disk.dropped, 0u);
}

TEST(Cheetah, FileLargerThanTheCache) {
  for (const u64 budget : {32, 40, 100, 128, 130, 144, 150})
    for (const unsigned seed : {1, 2}) serve_more_than_fits(budget, seed);
}

TEST(Cheetah, DamageIsNotServed) {
  Stage stage(site());
  const pack::Entry& entry = *stage.disk.directory_.find("medium.bin");
  stage.disk.pack_[entry.first_block * pack::kBlock + 1000] ^= 1;
  stage.open(0);
  EXPECT_TRUE(stage.ask(0, "/medium.bin").starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(stage.ask(0, "/").starts_with("HTTP/1.1 200"));
  // In a later part there is no other way to say so than to end.
  stage.disk.pack_[entry.first_block * pack::kBlock + 1000] ^= 1;
  const pack::Entry& large = *stage.disk.directory_.find("large.bin");
  stage.disk.pack_[large.first_block * pack::kBlock + 300'000] ^= 1;
  EXPECT_LT(stage.ask(0, "/large.bin").size(), 400'000u);
  EXPECT_TRUE(stage.transport.at[0].aborted);
  EXPECT_EQ(stage.server->connections(), 0u);
}

TEST(Cheetah, RequestsInPieces) {
  Stage stage(site());
  stage.open(0);
  const std::string request = kGet;
  for (const char c : request) stage.say(0, std::string(1, c));
  EXPECT_EQ(body_of(stage.all(0)), "<h1>start</h1>");
  stage.say(0, request + request + "GET /d/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string three = stage.all(0);
  EXPECT_TRUE(three.ends_with("in d"));
  EXPECT_TRUE(stage.transport.at[0].closed);
}

TEST(Cheetah, UnfinishedRequestsShareFewParsers) {
  Stage stage(site());
  for (u32 slot = 0; slot < 4; slot++) {
    stage.now += 1000;
    stage.open(slot);
    stage.say(slot, "GET / HT");
  }
  EXPECT_TRUE(stage.transport.at[0].aborted && stage.transport.at[1].aborted);  // two parsers: the oldest go
  EXPECT_FALSE(stage.transport.at[2].aborted || stage.transport.at[3].aborted);
  stage.open(5);
  EXPECT_EQ(body_of(stage.ask(5, "/")), "<h1>start</h1>");
  stage.say(3, "TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body_of(stage.all(3)), "<h1>start</h1>");
  stage.now += stage.options.timeouts.header;
  stage.server->poll(stage.now);
  EXPECT_TRUE(stage.transport.at[2].out.starts_with("HTTP/1.1 408"));
}

TEST(Cheetah, BuffersRunOutAndComeBack) {
  Stage stage(site());
  for (u32 slot = 0; slot < 6; slot++) {
    stage.open(slot);
    stage.say(slot, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    stage.read_disk();
  }
  u32 answered = 0;
  for (u32 slot = 0; slot < 6; slot++) answered += stage.transport.at[slot].out.empty() ? 0 : 1;
  EXPECT_EQ(answered, Stage::kBuffers);
  for (u32 slot = 0; slot < 6; slot++) {
    stage.take(slot);
    stage.server->poll(stage.now);
  }
  for (u32 slot = 0; slot < 6; slot++) EXPECT_TRUE(stage.all(slot).starts_with("HTTP/1.1 404")) << slot;
}

TEST(Cheetah, TimeoutsEndConnections) {
  Stage stage(site());
  stage.open(0);
  stage.ask(0, "/");
  stage.now += stage.options.timeouts.idle;
  stage.server->poll(stage.now);
  EXPECT_TRUE(stage.transport.at[0].closed);  // politely
  stage.now += stage.options.timeouts.drain + 1'000'000'000;
  stage.server->poll(stage.now);
  EXPECT_TRUE(stage.transport.at[0].aborted);
  stage.open(1);
  stage.say(1, kGet);  // and does not take it
  stage.now += stage.options.timeouts.send + 1'000'000'000;
  stage.server->poll(stage.now);
  EXPECT_TRUE(stage.transport.at[1].aborted);
}

TEST(Cheetah, ConnectionsOfAnAddress) {
  Stage stage(site());
  stage.options.per_address = 2;
  for (u32 slot = 0; slot < 3; slot++) stage.open(slot);
  EXPECT_FALSE(stage.transport.at[1].aborted);
  EXPECT_TRUE(stage.transport.at[2].aborted);
  EXPECT_EQ(stage.server->counters().refused, 1u);
  stage.server->closed(0);
  stage.open(3);
  EXPECT_FALSE(stage.transport.at[3].aborted);
}

TEST(Cheetah, ShutsDownWhenAllIsSaid) {
  Stage stage(site());
  stage.open(0);
  stage.open(1);
  stage.say(1, "GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n");
  stage.server->shut_down(stage.now);
  EXPECT_TRUE(stage.transport.at[0].closed);
  EXPECT_FALSE(stage.transport.at[1].closed);
  EXPECT_EQ(body_of(stage.all(1)).size(), 700'000u);
  EXPECT_TRUE(stage.transport.at[1].closed);
  stage.server->closed(0);
  stage.server->closed(1);
  EXPECT_EQ(stage.server->connections(), 0u);
}

TEST(Cheetah, NotesRequests) {
  Stage stage(site());
  std::vector<LogRecord> memory(5);
  Log log;
  log.start(memory.data(), memory.size() * sizeof(LogRecord));
  stage.server->use_log(log);
  stage.open(0);
  for (int i = 0; i < 5; i++) stage.ask(0, "/");
  stage.ask(0, "/none");
  const auto& header = *reinterpret_cast<const LogHeader*>(memory.data());
  EXPECT_EQ(header.records, 4u);
  EXPECT_EQ(header.written, 6u);
  const LogRecord& last = memory[1 + 5 % 4];
  EXPECT_EQ(std::string(last.path, last.path_length), "/none");
  EXPECT_EQ(last.status, 404);
  const LogRecord& before = memory[1 + 4 % 4];
  EXPECT_EQ(std::string(before.path, before.path_length), "index.html");
  EXPECT_EQ(before.bytes, 14u);
  EXPECT_EQ(before.port, 1234);
  EXPECT_EQ(before.minor, 1);
}

// From the parser, and where the request is known.
TEST(Cheetah, NotesVersions) {
  Stage stage(site());
  std::vector<LogRecord> memory(8);
  Log log;
  log.start(memory.data(), memory.size() * sizeof(LogRecord));
  stage.server->use_log(log);
  stage.open(0);
  for (int i = 0; i < 2; i++) {
    for (const char* const version : {"0", "1"}) {
      stage.say(0, std::string("GET / HTTP/1.") + version + "\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
      stage.all(0);
    }
  }
  EXPECT_EQ(stage.server->counters().known, 2u);
  for (u32 i = 0; i < 4; i++) EXPECT_EQ(memory[1 + i].minor, i % 2) << i;
  stage.say(0, "GET /\r\n\r\n");  // says no version
  EXPECT_EQ(memory[1 + 4].status, 400);
  EXPECT_EQ(memory[1 + 4].minor, 1);
}

}  // namespace
