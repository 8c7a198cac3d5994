// SPDX-License-Identifier: MIT
// Dates as HTTP writes them, in the proleptic Gregorian calendar without leap seconds.
#include "http/date.hpp"

namespace http {
namespace {

constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // day 0 was a Thursday
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr u64 kLastSecond = 253402300799;  // of the year 9999: the format has four digits

constexpr u64 kDaysOf400Years = 146097;

struct Day {
  u64 year;
  u32 month;  // 0 is January
  u32 day;    // of the month, from 1
};

// Counts from the first of March of a year that 400 divides, so that a leap day comes last: years of 365.2425
// days, months of 30.6.
Day day_of(u64 days_since_1970) {
  constexpr u64 kBefore1970 = 719468;  // days since March of the year 0
  const u64 days = days_since_1970 + kBefore1970;
  const u32 in_period = static_cast<u32>(days % kDaysOf400Years);
  const u32 year = (in_period - in_period / 1460 + in_period / 36524 - in_period / 146096) / 365;
  const u32 in_year = in_period - (365 * year + year / 4 - year / 100);
  const u32 month = (5 * in_year + 2) / 153;  // 0 is March
  const u32 day = in_year - (153 * month + 2) / 5 + 1;
  const bool next = month >= 10;  // January and February
  return {days / kDaysOf400Years * 400 + year + (next ? 1 : 0), next ? month - 10 : month + 2, day};
}

void put_two(char* to, u64 value) {
  to[0] = static_cast<char>('0' + value / 10 % 10);
  to[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void write_date(base::Text& out, u64 unix_seconds) {
  if (unix_seconds > kLastSecond) unix_seconds = kLastSecond;
  const u64 days = unix_seconds / 86400;
  const u64 seconds = unix_seconds % 86400;
  const Day day = day_of(days);
  char text[] = "Thu, 01 Jan 1970 00:00:00 GMT";
  __builtin_memcpy(text, kDays[days % 7], 3);
  put_two(text + 5, day.day);
  __builtin_memcpy(text + 8, kMonths[day.month], 3);
  put_two(text + 12, day.year / 100);
  put_two(text + 14, day.year);
  put_two(text + 17, seconds / 3600);
  put_two(text + 20, seconds / 60 % 60);
  put_two(text + 23, seconds % 60);
  out.put(text, sizeof text - 1);
}

}  // namespace http
