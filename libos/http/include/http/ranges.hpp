// SPDX-License-Identifier: MIT
// Byte ranges (RFC 9110, 14): what a Range field asks for, and which bytes of a file that means. The
// answer never holds a byte twice, so that no request makes a response larger than the file.
#pragma once
#include <string_view>

#include "abi/types.hpp"

namespace http {

using namespace abi;

inline constexpr u32 kMaxRanges = 8;  // a field with more is ignored

struct ByteRange {
  u64 first, last;  // both included
  constexpr u64 length() const { return last - first + 1; }
};

// Of a file: which ranges to send, in the order asked for, disjoint and not adjacent.
struct Selection {
  enum class Kind : u8 {
    Whole,        // 200: no range was asked for, or none that counts
    Parts,        // 206
    Unsatisfied,  // 416
  };
  Kind kind = Kind::Whole;
  u32 count = 0;
  ByteRange ranges[kMaxRanges];
  u64 bytes() const;  // in all
};

// A Range field. Trivial; reset() first.
class RangeRequest {
 public:
  void reset() { count_ = fields_ = 0; }
  // Unknown units, malformed lists, and a second field make it as if there were none (14.2).
  void take(std::string_view value);
  void ignore() { fields_ = 2; }
  bool present() const { return count_ > 0 && fields_ == 1; }
  void select(u64 length, Selection& selection) const;

 private:
  bool read(std::string_view element);

  static constexpr u64 kOpen = ~0ul;
  u32 count_, fields_;
  ByteRange specs_[kMaxRanges];  // first kOpen: the last `last` bytes; last kOpen: to the end
};

}  // namespace http
