// SPDX-License-Identifier: MIT
// Dates as HTTP writes them, in the proleptic Gregorian calendar without leap seconds.
#include "http/date.hpp"

namespace http {
namespace {

constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // day 0 was a Thursday
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr u64 kLastSecond = 253402300799;  // of the year 9999: the format has four digits

constexpr bool leap(u64 year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
constexpr u64 days_of_month(u64 year, u32 month) {
  constexpr u8 kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kLengths[month] + (month == 1 && leap(year) ? 1u : 0u);
}

}  // namespace

void write_date(base::Text& out, u64 unix_seconds) {
  if (unix_seconds > kLastSecond) unix_seconds = kLastSecond;
  u64 days = unix_seconds / 86400;
  const u64 seconds = unix_seconds % 86400;
  out.put(kDays[days % 7]).put(", ");
  constexpr u64 kDaysOf400Years = 146097;
  u64 year = 1970 + days / kDaysOf400Years * 400;
  days %= kDaysOf400Years;
  for (; days >= (leap(year) ? 366u : 365u); year++) days -= leap(year) ? 366 : 365;
  u32 month = 0;
  for (; days >= days_of_month(year, month); month++) days -= days_of_month(year, month);
  out.dec(days + 1, 2, '0').put(' ').put(kMonths[month]).put(' ').dec(year, 4, '0').put(' ');
  out.dec(seconds / 3600, 2, '0').put(':').dec(seconds / 60 % 60, 2, '0').put(':').dec(seconds % 60, 2, '0');
  out.put(" GMT");
}

}  // namespace http
