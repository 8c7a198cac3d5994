// SPDX-License-Identifier: MIT
// Text building into a fixed buffer, for code without a C library. Writes never overrun: what does
// not fit is cut and `truncated()` says so.
#pragma once
#include "abi/types.hpp"

namespace base {

using namespace abi;

class Text {
 public:
  // `buffer` must outlive the object; `capacity` counts its bytes.
  constexpr Text(char* buffer, u64 capacity) : buffer_(buffer), capacity_(capacity) {}

  constexpr Text& put(char c) {
    if (length_ < capacity_) {
      buffer_[length_++] = c;
    } else {
      truncated_ = true;
    }
    return *this;
  }
  constexpr Text& put(const char* s) { return put(s, __builtin_strlen(s)); }
  constexpr Text& put(const char* s, u64 n) {
    const u64 fits = n < capacity_ - length_ ? n : capacity_ - length_;
    truncated_ = truncated_ || fits < n;
    if (__builtin_is_constant_evaluated()) {
      for (u64 i = 0; i < fits; i++) buffer_[length_ + i] = s[i];
    } else if (fits != 0) {
      __builtin_memcpy(buffer_ + length_, s, fits);
    }
    length_ += fits;
    return *this;
  }
  // Decimal, padded on the left with `pad` to `width` characters.
  constexpr Text& dec(u64 value, u32 width = 0, char pad = ' ') { return number(value, 10, width, pad); }
  constexpr Text& hex(u64 value, u32 width = 0) { return number(value, 16, width, '0'); }

  constexpr const char* data() const { return buffer_; }
  constexpr u64 size() const { return length_; }
  constexpr bool truncated() const { return truncated_; }
  constexpr void clear() {
    length_ = 0;
    truncated_ = false;
  }

 private:
  constexpr Text& number(u64 value, u32 radix, u32 width, char pad) {
    constexpr u32 kMost = 20;  // digits of 2^64
    char digits[kMost] = {};
    u32 first = kMost;
    do {
      digits[--first] = "0123456789abcdef"[value % radix];
      value /= radix;
    } while (value != 0);
    for (u32 n = kMost - first; n < width; n++) put(pad);
    return put(digits + first, kMost - first);
  }

  char* buffer_;
  u64 capacity_;
  u64 length_ = 0;
  bool truncated_ = false;
};

}  // namespace base
