// SPDX-License-Identifier: MIT
#include "http/conditions.hpp"

#include "characters.hpp"
#include "http/date.hpp"

namespace http {
namespace {

constexpr u32 kTagDigits = 16;

struct ReadTag {
  bool formed = false;
  bool weak = false;
  Tag tag = 0;  // 0: not one of ours
};

// Takes an entity tag off the front of `text` (RFC 9110, 8.8.3).
ReadTag read_tag(std::string_view& text) {
  ReadTag read;
  if (text.starts_with("W/")) {
    read.weak = true;
    text.remove_prefix(2);
  }
  if (!text.starts_with('"')) return read;
  const u64 end = text.find('"', 1);
  if (end == text.npos) return read;
  const std::string_view opaque = front_of(behind(text, 1), end - 1);
  text.remove_prefix(end + 1);
  read.formed = true;
  if (opaque.size() != kTagDigits) return read;
  for (const char c : opaque) {
    const int digit = hex_digit(c);
    if (digit < 0 || lower(c) != c) {
      read.tag = 0;
      return read;
    }
    read.tag = read.tag << 4 | static_cast<u32>(digit);
  }
  return read;
}

}  // namespace

void write_tag(base::Text& out, Tag tag) { out.put('"').hex(tag, kTagDigits).put('"'); }

// What cannot be read ends the list: what was read before it counts.
void TagList::take(std::string_view value) {
  present_ = 1;
  if (trim(value) == "*") {
    any_ = 1;
    return;
  }
  for (;;) {
    while (!value.empty() && (is_space(value.front()) || value.front() == ',')) value.remove_prefix(1);
    const ReadTag read = read_tag(value);
    if (!read.formed) return;
    if (read.tag == 0 || count_ == kMaxTags) continue;
    if (read.weak) weak_ |= static_cast<u8>(1u << count_);
    tags_[count_++] = read.tag;
  }
}

bool TagList::matches(Tag tag, bool weakly) const {
  if (any_ != 0) return true;
  if (tag == 0) return false;
  for (u32 i = 0; i < count_; i++)
    if (tags_[i] == tag && (weakly || (weak_ >> i & 1) == 0)) return true;
  return false;
}

void Conditions::reset() {
  match.reset();
  none_match.reset();
  modified_since = unmodified_since = range_date = 0;
  range_tag = 0;
  if_range = false;
}

void Conditions::take_if_range(std::string_view value) {
  const bool again = if_range;
  if_range = true;
  range_tag = 0;
  range_date = 0;
  if (again) return;  // two are none that can hold
  if (value.starts_with('"') || value.starts_with("W/")) {
    const ReadTag read = read_tag(value);
    if (read.formed && !read.weak && value.empty()) range_tag = read.tag;
  } else {
    range_date = read_date(value);
  }
}

Verdict Conditions::evaluate(const Validators& current) const {
  if (match.present()) {
    if (!match.matches_strongly(current.tag)) return Verdict::Failed;
  } else if (unmodified_since != 0 && current.modified > unmodified_since) {
    return Verdict::Failed;
  }
  if (none_match.present())
    return none_match.matches_weakly(current.tag) ? Verdict::NotModified : Verdict::Proceed;
  const bool unchanged = modified_since != 0 && current.modified != 0 && current.modified <= modified_since;
  return unchanged ? Verdict::NotModified : Verdict::Proceed;
}

// A date must be the same, not later: the file may have been replaced by an older one.
bool Conditions::range_applies(const Validators& current) const {
  if (!if_range) return true;
  if (range_tag != 0) return range_tag == current.tag;
  return range_date != 0 && range_date == current.modified;
}

}  // namespace http
