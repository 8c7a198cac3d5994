// SPDX-License-Identifier: MIT
// Dates that a client sends: IMF-fixdate, and the two obsolete forms that have to be read too.
#include "characters.hpp"
#include "http/date.hpp"

namespace http {
namespace {

constexpr u32 kNothing = ~0u;

struct Reader {
  std::string_view text;
  bool good = true;

  void expect(std::string_view wanted) {
    if (!text.starts_with(wanted)) {
      good = false;
      return;
    }
    text.remove_prefix(wanted.size());
  }
  u32 number(u32 digits) {
    u32 value = 0;
    for (u32 i = 0; i < digits; i++) {
      if (text.empty() || !is_digit(text.front())) {
        good = false;
        return 0;
      }
      value = value * 10 + static_cast<u32>(text.front() - '0');
      text.remove_prefix(1);
    }
    return value;
  }
  // Which of the names of three letters comes; `names` in a row.
  u32 name(std::string_view names) {
    for (u32 i = 0; i * 3 < names.size(); i++)
      if (text.starts_with(std::string_view(names.data() + u64{i} * 3, 3))) {
        text.remove_prefix(3);
        return i;
      }
    good = false;
    return kNothing;
  }
};

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct Parts {
  u32 year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_time(Reader& in, Parts& parts) {
  parts.hour = in.number(2);
  in.expect(":");
  parts.minute = in.number(2);
  in.expect(":");
  parts.second = in.number(2);
}

constexpr u64 days_before(u64 year) { return year * 365 + year / 4 - year / 100 + year / 400; }

u64 seconds_of(const Parts& p) {
  constexpr u16 kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
  if (p.month > 11) return 0;
  const bool leap = (p.year % 4 == 0 && p.year % 100 != 0) || p.year % 400 == 0;
  const u32 length = kBefore[p.month + 1] - kBefore[p.month] + (p.month == 1 && leap ? 1u : 0u);
  if (p.year < 1970 || p.day == 0 || p.day > length || p.hour > 23 || p.minute > 59 || p.second > 60)
    return 0;
  const u64 days = days_before(p.year - 1) - days_before(1969) + kBefore[p.month] +
                   (p.month > 1 && leap ? 1u : 0u) + p.day - 1;
  return ((days * 24 + p.hour) * 60 + p.minute) * 60 + p.second;
}

// "06 Nov 1994 08:49:37 GMT"
void read_fixdate(Reader& in, Parts& parts) {
  in.expect(", ");
  parts.day = in.number(2);
  in.expect(" ");
  parts.month = in.name(kMonths);
  in.expect(" ");
  parts.year = in.number(4);
  in.expect(" ");
  read_time(in, parts);
  in.expect(" GMT");
}

// "day, 06-Nov-94 08:49:37 GMT" (RFC 850): more than 50 years ahead means the past.
void read_rfc850(Reader& in, Parts& parts, u64 now) {
  while (!in.text.empty() && is_alpha(in.text.front())) in.text.remove_prefix(1);
  in.expect(", ");
  parts.day = in.number(2);
  in.expect("-");
  parts.month = in.name(kMonths);
  in.expect("-");
  const u32 year = in.number(2);
  in.expect(" ");
  read_time(in, parts);
  in.expect(" GMT");
  constexpr u64 kYear = 31556952;  // seconds, on average
  const u32 this_year = 1970 + static_cast<u32>(now / kYear % 8000);
  parts.year = this_year - this_year % 100 + year;
  if (parts.year > this_year + 50) parts.year -= 100;
}

// "Nov  6 08:49:37 1994" (asctime)
void read_asctime(Reader& in, Parts& parts) {
  in.expect(" ");
  parts.month = in.name(kMonths);
  in.expect(" ");
  const bool padded = in.text.starts_with(' ');
  if (padded) in.expect(" ");
  parts.day = in.number(padded ? 1 : 2);
  in.expect(" ");
  read_time(in, parts);
  in.expect(" ");
  parts.year = in.number(4);
}

}  // namespace

u64 read_date(std::string_view text, u64 now) {
  Reader in{text};
  Parts parts;
  in.name(kDays);
  if (!in.good || in.text.empty()) return 0;
  if (in.text.front() == ',') {
    read_fixdate(in, parts);
  } else if (in.text.front() == ' ') {
    read_asctime(in, parts);
  } else {
    read_rfc850(in, parts, now);
  }
  return in.good && in.text.empty() ? seconds_of(parts) : 0;
}

}  // namespace http
