// SPDX-License-Identifier: MIT
// Response headers and error pages (RFC 9110, RFC 9112), written into a fixed buffer.
#pragma once
#include <string_view>

#include "http/conditions.hpp"
#include "http/date.hpp"
#include "http/encoding.hpp"
#include "http/ranges.hpp"

namespace http {

inline constexpr u32 kMaxResponseHeader = 1024;  // header and, for errors, the page; heads of parts

// What a header says. Content-Length and Content-Type are left out for 204 and 304.
struct Head {
  u16 status = 200;
  bool keep_alive = false;
  u64 now = 0;                             // seconds since 1970 for Date
  u64 length = 0;                          // Content-Length
  Validators validators = {};              // ETag and Last-Modified; 0: left out
  std::string_view type = {};              // Content-Type
  std::string_view boundary = {};          // of multipart/byteranges, in place of the type
  Encoding encoding = Encoding::Identity;  // Content-Encoding
  bool varies = false;                     // Vary: Accept-Encoding
  bool ranges = false;                     // Accept-Ranges: bytes
  const ByteRange* part = nullptr;         // Content-Range of the one part, for 206
  u64 whole = 0;                           // of Content-Range: the file's length, for 206 and 416
  std::string_view location = {};          // Location, as it is
  std::string_view encoded_location = {};  // a path to be percent-encoded behind it
  bool directory = false;                  // and a '/' behind that
};

// The text of a status, "Unknown" for those that this server never gives.
std::string_view reason(u16 status);

void write_head(base::Text& out, const Head& head);
// The page for a status when there is none of the site's own.
void write_page(base::Text& out, u16 status);
// A path as it goes into a Location field (RFC 3986, 3.3).
void write_encoded(base::Text& out, std::string_view path);

// By the extension of a path; "application/octet-stream" for unknown ones.
std::string_view content_type(std::string_view path);

}  // namespace http
