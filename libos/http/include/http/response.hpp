// SPDX-License-Identifier: MIT
// Response headers and error pages (RFC 9110, RFC 9112), written into a fixed buffer.
#pragma once
#include <string_view>

#include "base/text.hpp"

namespace http {

using namespace abi;

inline constexpr u32 kMaxResponseHeader = 768;  // header and, for errors, the page

struct Head {
  u16 status;
  bool keep_alive;
  u64 now;                     // seconds since 1970 for Date
  u64 length;                  // Content-Length
  u64 modified = 0;            // seconds since 1970 for Last-Modified, 0: left out
  std::string_view type;       // Content-Type
  std::string_view directory;  // for 301: the path, to be answered with '/' behind it
};

// The text of a status, "Unknown" for those that this server never gives.
std::string_view reason(u16 status);

void write_head(base::Text& out, const Head& head);
// Header and page of a status that is not 200; the page is left out for HEAD. `directory` for 301.
void write_status(base::Text& out, u16 status, bool keep_alive, u64 now, bool with_page,
                  std::string_view directory = {});

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7) of a time in seconds since 1970.
void write_date(base::Text& out, u64 unix_seconds);

// By the extension of a path; "application/octet-stream" for unknown ones.
std::string_view content_type(std::string_view path);

}  // namespace http
