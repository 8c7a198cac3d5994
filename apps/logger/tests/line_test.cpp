// SPDX-License-Identifier: MIT
#include "apps/logger/line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace logger {
namespace {

using namespace abi;

cheetah::LogRecord record_of(const std::string& path) {
  cheetah::LogRecord record{};
  record.time = 784111777;  // RFC 9110's example
  record.bytes = 3010;
  record.from[1] = 0xffff0a000202;
  record.status = 200;
  record.minor = 1;
  record.path_length = static_cast<u8>(path.size());
  std::copy(path.begin(), path.end(), record.path);
  return record;
}

std::string line_of(const cheetah::LogRecord& record) {
  char buffer[512];
  base::Text text(buffer, sizeof buffer);
  write_line(text, record);
  return {buffer, text.size()};
}

TEST(LogLine, IsTheCommonLogFormat) {
  EXPECT_EQ(line_of(record_of("index.html")),
            "10.0.2.2 - - [06/Nov/1994:08:49:37 +0000] \"GET /index.html HTTP/1.1\" 200 3010");
  cheetah::LogRecord missing = record_of("/nothing");
  missing.method = 1;
  missing.status = 404;
  missing.from[0] = 0xfd00'0000'0000'0000;
  missing.from[1] = 0x15;
  EXPECT_EQ(line_of(missing),
            "fd00::15 - - [06/Nov/1994:08:49:37 +0000] \"HEAD /nothing HTTP/1.1\" 404 3010");
  cheetah::LogRecord old = record_of("index.html");
  old.minor = 0;
  EXPECT_NE(line_of(old).find("\"GET /index.html HTTP/1.0\" 200"), std::string::npos);
}

TEST(LogLine, QuotesWhatAPathMaySay) {
  EXPECT_NE(line_of(record_of("/a\" 200 1\n\x7f\\")).find("\"GET /a\\x22\\x20200\\x201\\x0a\\x7f\\x5c HTTP"),
            std::string::npos);
  EXPECT_NE(line_of(record_of("")).find("\"GET - HTTP/1.1\""), std::string::npos);
}

TEST(LogLine, BelievesNothing) {
  cheetah::LogRecord record;
  std::fill_n(reinterpret_cast<u8*>(&record), sizeof record, u8{0xff});
  EXPECT_NE(line_of(record).find("9999"), std::string::npos);
}

}  // namespace
}  // namespace logger
