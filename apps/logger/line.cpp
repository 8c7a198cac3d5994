// SPDX-License-Identifier: MIT
#include "apps/logger/line.hpp"

#include "apps/common/text.hpp"
#include "http/date.hpp"
#include "http/parser.hpp"

namespace logger {

namespace {

using namespace abi;

constexpr u64 kPathEnd = 180;              // of a console line's 240 characters: what follows has to fit
constexpr u64 kLastSecond = 253402300799;  // of the year 9999

// [23/Nov/2026:17:43:57 +0000], put together from what HTTP says: "Mon, 23 Nov 2026 17:43:57 GMT".
void write_time(base::Text& out, u64 unix_seconds) {
  char date[http::kDateLength];
  base::Text text(date, sizeof date);
  http::write_date(text, unix_seconds < kLastSecond ? unix_seconds : kLastSecond);
  out.put('[').put(date + 5, 2).put('/').put(date + 8, 3).put('/').put(date + 12, 4).put(':');
  out.put(date + 17, 8).put(" +0000]");
}

const char* method_word(u8 method) {
  switch (static_cast<http::Method>(method)) {
    case http::Method::Get:
      return "GET";
    case http::Method::Head:
      return "HEAD";
    case http::Method::Options:
      return "OPTIONS";
    default:
      return "-";
  }
}

void write_path(base::Text& out, const cheetah::LogRecord& record) {
  const u32 length = record.path_length < cheetah::kLogPath ? record.path_length : cheetah::kLogPath;
  if (length == 0) {
    out.put('-');
    return;
  }
  if (record.path[0] != '/') out.put('/');  // a file of the site
  for (u32 i = 0; i < length; i++) {
    if (out.size() > kPathEnd) {
      out.put("...");
      return;
    }
    const u8 c = static_cast<u8>(record.path[i]);
    if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
      out.put(static_cast<char>(c));
    } else {
      out.put("\\x").hex(c, 2);
    }
  }
}

}  // namespace

void write_line(base::Text& out, const cheetah::LogRecord& record) {
  apps::put_address(out, record.from[0], record.from[1]).put(" - - ");
  write_time(out, record.time);
  out.put(" \"").put(method_word(record.method)).put(' ');
  write_path(out, record);
  out.put(record.minor == 0 ? " HTTP/1.0\" " : " HTTP/1.1\" ").dec(record.status).put(' ').dec(record.bytes);
}

}  // namespace logger
