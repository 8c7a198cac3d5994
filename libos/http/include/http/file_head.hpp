// SPDX-License-Identifier: MIT
// Response headers made once for each file, to lie in front of it: whoever sends one again only puts
// the current date in. A header's length never changes.
#pragma once
#include "http/response.hpp"

namespace http {

inline constexpr u32 kMaxFileHead = 512;
// Where the date is, from the header's beginning: the same in every header with the same status.
inline u32 date_offset(u16 status) {
  return static_cast<u32>(std::string_view("HTTP/1.1 200 ").size() + reason(status).size() +
                          std::string_view("\r\nServer: Exo\r\nDate: ").size());
}

// Writes a header of at most `capacity` bytes to `to`; 0 if it does not fit. head.now is the date that
// is in it at first.
inline u32 make_file_head(char* to, u32 capacity, const Head& head) {
  base::Text out(to, capacity);
  write_head(out, head);
  return out.truncated() ? 0 : static_cast<u32>(out.size());
}

// `date`: DateClock::at. Who sends the header straight from here changes what is sent again, too: a
// segment that is lost carries the later date when it is repeated, which is as good a date.
inline void patch_date(char* head, u32 offset, const char* date) {
  __builtin_memcpy(head + offset, date, kDateLength);
}

}  // namespace http
