// SPDX-License-Identifier: MIT
#include "http/ranges.hpp"

#include "characters.hpp"

namespace http {
namespace {

constexpr u64 kLargest = 1ul << 62;  // numbers above it are it: no file is as long
constexpr u64 kBad = ~0ul;

u64 read_number(std::string_view text) {
  if (text.empty()) return kBad;
  u64 value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return kBad;
    value = value * 10 + static_cast<u64>(c - '0');
    if (value > kLargest / 16) value = kLargest / 16;
  }
  return value;
}

bool touch(const ByteRange& a, const ByteRange& b) { return a.first <= b.last + 1 && b.first <= a.last + 1; }

// Adds a range; those that it touches become one with it, where the first of them stood.
void add(Selection& selection, ByteRange range) {
  u32 place = selection.count;
  u32 kept = 0;
  for (u32 i = 0; i < selection.count; i++) {
    const ByteRange other = selection.ranges[i];
    if (!touch(other, range)) {
      selection.ranges[kept++] = other;
      continue;
    }
    if (other.first < range.first) range.first = other.first;
    if (other.last > range.last) range.last = other.last;
    if (place == selection.count) place = kept++;
  }
  if (place == selection.count) place = kept++;
  selection.ranges[place] = range;
  selection.count = kept;
}

}  // namespace

u64 Selection::bytes() const {
  u64 sum = 0;
  for (u32 i = 0; i < count; i++) sum += ranges[i].length();
  return sum;
}

bool RangeRequest::read(std::string_view element) {
  const u64 dash = element.find('-');
  if (dash == element.npos || count_ == kMaxRanges) return false;
  const std::string_view left = front_of(element, dash), right = behind(element, dash + 1);
  const u64 first = left.empty() ? kOpen : read_number(left);
  const u64 last = right.empty() ? kOpen : read_number(right);
  if ((!left.empty() && first == kBad) || (!right.empty() && last == kBad)) return false;
  if (left.empty() && right.empty()) return false;
  if (!left.empty() && first > last) return false;
  specs_[count_++] = {first, last};
  return true;
}

void RangeRequest::take(std::string_view value) {
  constexpr std::string_view kUnit = "bytes=";
  if (fields_++ > 0) return;
  if (value.size() < kUnit.size() || !equal_ignoring_case(front_of(value, kUnit.size()), kUnit))
    return ignore();
  value.remove_prefix(kUnit.size());
  while (!value.empty()) {
    const std::string_view element = next_element(value);
    if (!element.empty() && !read(element)) return ignore();
  }
}

// Joining two may make a third touch them, but only one that touched one of them before: `add` has
// seen it.
void RangeRequest::select(u64 length, Selection& selection) const {
  selection.kind = Selection::Kind::Whole;
  selection.count = 0;
  if (!present() || length == 0) return;  // nothing of nothing has no Content-Range
  for (u32 i = 0; i < count_; i++) {
    ByteRange range = specs_[i];
    if (range.first == kOpen) {
      if (range.last == 0) continue;
      range = {range.last < length ? length - range.last : 0, length - 1};
    }
    if (range.first >= length) continue;
    if (range.last >= length) range.last = length - 1;
    add(selection, range);
  }
  selection.kind = selection.count > 0 ? Selection::Kind::Parts : Selection::Kind::Unsatisfied;
}

}  // namespace http
