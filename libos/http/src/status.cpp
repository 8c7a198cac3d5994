// SPDX-License-Identifier: MIT
// Response headers and the pages of what went wrong.
#include "characters.hpp"
#include "http/response.hpp"

namespace http {
namespace {

void put(base::Text& out, std::string_view s) { out.put(s.data(), s.size()); }

// A path as it goes into a Location field (RFC 3986, 3.3).
void put_encoded(base::Text& out, std::string_view path) {
  for (const char c : path) {
    const bool plain = is_digit(c) || is_alpha(c) || std::string_view("-._~!$&'()*+,;=:@/").find(c) < 64;
    if (plain) {
      out.put(c);
    } else {
      out.put('%').hex(static_cast<u8>(c), 2);
    }
  }
}

void put_page(base::Text& out, u16 status) {
  out.put("<!doctype html><title>").dec(status).put(' ');
  put(out, reason(status));
  out.put("</title><h1>").dec(status).put(' ');
  put(out, reason(status));
  out.put("</h1>\n");
}

}  // namespace

std::string_view reason(u16 status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void write_head(base::Text& out, const Head& head) {
  out.put("HTTP/1.1 ").dec(head.status).put(' ');
  put(out, reason(head.status));
  out.put("\r\nServer: Exo\r\nDate: ");
  write_date(out, head.now);
  if (!head.type.empty()) {
    out.put("\r\nContent-Type: ");
    put(out, head.type);
  }
  out.put("\r\nContent-Length: ").dec(head.length);
  if (head.modified != 0) {
    out.put("\r\nLast-Modified: ");
    write_date(out, head.modified);
  }
  if (head.status == 405) out.put("\r\nAllow: GET, HEAD");
  if (!head.directory.empty()) {
    out.put("\r\nLocation: ");
    put_encoded(out, head.directory);
    out.put('/');
  }
  out.put("\r\nConnection: ").put(head.keep_alive ? "keep-alive" : "close").put("\r\n\r\n");
}

void write_status(base::Text& out, u16 status, bool keep_alive, u64 now, bool with_page,
                  std::string_view directory) {
  char page[256];
  base::Text text(page, sizeof page);
  put_page(text, status);
  write_head(out, {.status = status,
                   .keep_alive = keep_alive,
                   .now = now,
                   .length = text.size(),
                   .type = "text/html; charset=utf-8",
                   .directory = directory});
  if (with_page) out.put(text.data(), text.size());
}

}  // namespace http
