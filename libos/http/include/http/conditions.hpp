// SPDX-License-Identifier: MIT
// Conditional requests (RFC 9110, 13). An entity tag of ours is 64 bits, written as 16 hexadecimal
// digits and always strong; so a client's tags are kept as numbers, and others, which can be none of
// ours, not at all.
#pragma once
#include <string_view>

#include "base/text.hpp"

namespace http {

using namespace abi;

using Tag = u64;                    // 0: none
inline constexpr u32 kMaxTags = 8;  // of ours in one list; what is beyond them does not match

void write_tag(base::Text& out, Tag tag);  // "\"0123456789abcdef\""

// The validators of what a server would send.
struct Validators {
  Tag tag = 0;       // strong; another one for each content coding
  u64 modified = 0;  // seconds since 1970, 0: not known
};

// If-Match and If-None-Match. Trivial; reset() first.
class TagList {
 public:
  void reset() { count_ = weak_ = present_ = any_ = 0; }
  void take(std::string_view value);  // several fields are as one list
  bool present() const { return present_ != 0; }
  // RFC 9110, 8.8.3.2. "*" matches whatever there is, also without a tag.
  bool matches_strongly(Tag tag) const { return matches(tag, false); }
  bool matches_weakly(Tag tag) const { return matches(tag, true); }

 private:
  bool matches(Tag tag, bool weakly) const;

  u8 count_, weak_, present_, any_;  // weak_: a bit for each
  Tag tags_[kMaxTags];
};

enum class Verdict : u8 { Proceed, NotModified, Failed };  // by the method, 304, 412

// Trivial; reset() first.
struct Conditions {
  void reset();
  // What to answer, by the precedence of 13.2.2. For GET and HEAD of something that exists.
  Verdict evaluate(const Validators& current) const;
  // Whether a Range field counts (If-Range, 13.1.5).
  bool range_applies(const Validators& current) const;
  void take_if_range(std::string_view value);

  TagList match, none_match;
  u64 modified_since, unmodified_since;  // 0: absent or no date
  bool if_range;                         // present
  Tag range_tag;                         // strong; 0: none that can match
  u64 range_date;
};

}  // namespace http
