// SPDX-License-Identifier: MIT
// Dates (RFC 9110, 5.6.7): written as IMF-fixdate, read in all three forms. In seconds since 1970, in
// the proleptic Gregorian calendar without leap seconds.
#pragma once
#include <string_view>

#include "base/text.hpp"

namespace http {

using namespace abi;

inline constexpr u32 kDateLength = 29;

// "Sun, 06 Nov 1994 08:49:37 GMT"
void write_date(base::Text& out, u64 unix_seconds);

// 0 if it is none, or before 1970. `now` tells the century of two digits (RFC 850).
u64 read_date(std::string_view text, u64 now = 0);

// The current date's text, worked out once a second. Trivial; all zero at first.
struct DateClock {
  // kDateLength bytes, valid until the next call.
  const char* at(u64 unix_seconds) {
    if (unix_seconds != second || !known) {
      base::Text out(text, sizeof text);
      write_date(out, unix_seconds);
      second = unix_seconds;
      known = true;
    }
    return text;
  }

  u64 second;
  bool known;
  char text[kDateLength];
};

}  // namespace http
