// SPDX-License-Identifier: MIT
// Values of HTTP header fields by themselves, so that the fuzzer need not find the request around them:
// ranges, entity tags, dates and content codings.
// sources: libos/http/src/conditions.cpp libos/http/src/encoding.cpp libos/http/src/ranges.cpp
// sources: libos/http/src/read_date.cpp libos/http/src/date.cpp
//
// Input: a byte that chooses the field, and its value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "http/conditions.hpp"
#include "http/date.hpp"
#include "http/encoding.hpp"
#include "http/ranges.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void try_range(std::string_view value) {
  http::RangeRequest request;
  request.reset();
  request.take(value);
  for (const abi::u64 length : {1ul, 7ul, 1000ul, 1ul << 50}) {
    http::Selection selection;
    request.select(length, selection);
    require(selection.count <= http::kMaxRanges && selection.bytes() <= length);
    require((selection.kind == http::Selection::Kind::Parts) == (selection.count > 0));
    require(request.present() || selection.kind == http::Selection::Kind::Whole);
  }
}

// A tag put behind what was read matches, unless the list was full or broken off.
void try_tags(std::string_view value) {
  constexpr abi::u64 kTag = 0xfedcba9876543210;
  http::TagList list;
  list.reset();
  list.take(value);
  require(list.present());
  require(!list.matches_strongly(kTag) || list.matches_weakly(kTag));
  http::Conditions conditions;
  conditions.reset();
  conditions.take_if_range(value);
  require(!conditions.range_applies({}) || value.empty() == false);
  list.reset();
  list.take("\"fedcba9876543210\"");
  list.take(value);
  require(list.matches_strongly(kTag));
}

// What is read as a date and written reads the same.
void try_date(std::string_view value) {
  const abi::u64 seconds = http::read_date(value, 1'700'000'000);
  if (seconds == 0 || seconds > 253402300799) return;
  char buffer[http::kDateLength];
  base::Text text(buffer, sizeof buffer);
  http::write_date(text, seconds);
  require(!text.truncated() && http::read_date({buffer, sizeof buffer}) == seconds);
}

void try_encoding(std::string_view value) {
  http::AcceptEncoding accept;
  accept.reset();
  accept.take(value);
  for (const abi::u8 available : {0, 2, 4, 6}) {
    const http::Encoding best = accept.choose(available);
    require(best == http::Encoding::Identity || (available & http::bit_of(best)) != 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::unique_ptr<char[]> exact(new char[size - 1]);
  if (size > 1) std::memcpy(exact.get(), data + 1, size - 1);
  const std::string_view value(exact.get(), size - 1);
  switch (data[0] % 4) {
    case 0:
      try_range(value);
      break;
    case 1:
      try_tags(value);
      break;
    case 2:
      try_date(value);
      break;
    default:
      try_encoding(value);
      break;
  }
  return 0;
}
