// SPDX-License-Identifier: MIT
// Response headers and the pages of what went wrong.
#include "characters.hpp"
#include "http/response.hpp"

namespace http {
namespace {

void put(base::Text& out, std::string_view s) { out.put(s.data(), s.size()); }

void put_content(base::Text& out, const Head& head) {
  if (!head.boundary.empty()) {
    out.put("\r\nContent-Type: multipart/byteranges; boundary=");
    put(out, head.boundary);
  } else if (!head.type.empty()) {
    out.put("\r\nContent-Type: ");
    put(out, head.type);
  }
  if (head.encoding != Encoding::Identity) {
    out.put("\r\nContent-Encoding: ");
    put(out, name_of(head.encoding));
  }
  out.put("\r\nContent-Length: ").dec(head.length);
}

void put_range(base::Text& out, const Head& head) {
  if (head.part != nullptr)
    out.put("\r\nContent-Range: bytes ").dec(head.part->first).put('-').dec(head.part->last);
  if (head.status == 416) out.put("\r\nContent-Range: bytes *");
  if (head.part != nullptr || head.status == 416) out.put('/').dec(head.whole);
}

void put_location(base::Text& out, const Head& head) {
  if (head.location.empty() && head.encoded_location.empty()) return;
  out.put("\r\nLocation: ");
  put(out, head.location);
  write_encoded(out, head.encoded_location);
  if (head.directory) out.put('/');
}

}  // namespace

void write_encoded(base::Text& out, std::string_view path) {
  for (const char c : path) {
    if (kPathPlain.has(c)) {
      out.put(c);
    } else {
      out.put('%').hex(static_cast<u8>(c), 2);
    }
  }
}

void write_page(base::Text& out, u16 status) {
  out.put("<!doctype html><title>").dec(status).put(' ');
  put(out, reason(status));
  out.put("</title><h1>").dec(status).put(' ');
  put(out, reason(status));
  out.put("</h1>\n");
}

void write_head(base::Text& out, const Head& head) {
  out.put("HTTP/1.1 ").dec(head.status).put(' ');
  put(out, reason(head.status));
  out.put("\r\nServer: Exo\r\nDate: ");
  write_date(out, head.now);
  if (head.status != 204 && head.status != 304) put_content(out, head);
  put_range(out, head);
  if (head.validators.tag != 0) {
    out.put("\r\nETag: ");
    write_tag(out, head.validators.tag);
  }
  if (head.validators.modified != 0) {
    out.put("\r\nLast-Modified: ");
    write_date(out, head.validators.modified);
  }
  if (head.ranges) out.put("\r\nAccept-Ranges: bytes");
  if (head.varies) out.put("\r\nVary: Accept-Encoding");
  if (head.status == 405 || head.status == 204) out.put("\r\nAllow: GET, HEAD, OPTIONS");
  put_location(out, head);
  out.put("\r\nConnection: ").put(head.keep_alive ? "keep-alive" : "close").put("\r\n\r\n");
}

}  // namespace http
