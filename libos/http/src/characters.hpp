// SPDX-License-Identifier: MIT
// Classes of characters of RFC 9110, 5.6, and comparison of tokens, without a C library.
#pragma once
#include <string_view>

#include "abi/types.hpp"

namespace http {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// One bit for each character, so that a class is a load and a shift.
struct CharacterSet {
  abi::u64 bits[4] = {};
  constexpr explicit CharacterSet(std::string_view others) {
    for (const char c : others) add(c);
    for (char c = '0'; c <= '9'; c++) add(c);
    for (char c = 'a'; c <= 'z'; c++) add(c);
    for (char c = 'A'; c <= 'Z'; c++) add(c);
  }
  constexpr void add(char c) { bits[static_cast<abi::u8>(c) / 64] |= 1ul << static_cast<abi::u8>(c) % 64; }
  constexpr bool has(char c) const {
    return (bits[static_cast<abi::u8>(c) / 64] >> static_cast<abi::u8>(c) % 64 & 1) != 0;
  }
  constexpr bool all(std::string_view text) const {
    for (const char c : text)
      if (!has(c)) return false;
    return true;
  }
};

inline constexpr CharacterSet kToken("!#$%&'*+-.^_`|~");         // tchar (RFC 9110, 5.6.2)
inline constexpr CharacterSet kPathPlain("-._~!$&'()*+,;=:@/");  // of a path, as it is (RFC 3986, 3.3)
inline constexpr CharacterSet kHost("-._~%!$&'()*+,;=:[]");      // uri-host and port (RFC 3986, 3.2.2)

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (unsigned long i = 0; i < a.size(); i++)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

// Parts of a text. Not substr, which would want the C++ library's exceptions to link. n <= text.size().
constexpr std::string_view front_of(std::string_view text, unsigned long n) { return {text.data(), n}; }
constexpr std::string_view behind(std::string_view text, unsigned long n) {
  return {text.data() + n, text.size() - n};
}

constexpr std::string_view trim(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

// Takes the first element off a list with commas (RFC 9110, 5.6.1), without the space around it.
constexpr std::string_view next_element(std::string_view& list, char separator = ',') {
  const unsigned long end = list.find(separator);
  const std::string_view element(list.data(), end == list.npos ? list.size() : end);
  list.remove_prefix(end == list.npos ? list.size() : end + 1);
  return trim(element);
}

// How many characters of a field line or request line come first: not a control character but tab.
// What stops it is the end of the line, or wrong. `length` bytes of `text` are looked at.
abi::u32 plain_run(const char* text, abi::u32 length);

}  // namespace http
