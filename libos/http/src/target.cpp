// SPDX-License-Identifier: MIT
#include "http/target.hpp"

#include "characters.hpp"

namespace http {
namespace {

constexpr u32 kBad = ~0u;

// Where the path of an absolute-form target begins, or `length` if it has none; 0 for origin-form.
u32 skip_authority(const char* text, u32 length) {
  constexpr std::string_view kScheme = "http://";
  if (length < kScheme.size() || !equal_ignoring_case({text, kScheme.size()}, kScheme)) return 0;
  u32 i = kScheme.size();
  while (i < length && text[i] != '/' && text[i] != '?') i++;
  const std::string_view authority(text + kScheme.size(), i - kScheme.size());
  return authority.empty() || !kHost.all(authority) ? kBad : i;
}

// Whether a target is a path already: no query, nothing encoded, no empty or dotted part.
bool is_plain(const char* text, u32 length) {
  for (u32 i = 0; i < length; i++) {
    if (!kPathPlain.has(text[i])) return false;
    if (i > 0 && text[i - 1] == '/' && (text[i] == '/' || text[i] == '.')) return false;
  }
  return text[0] == '/';
}

// Decodes percent signs of text[from, length) to the front of `text`, up to the query. Answers the
// length, or 0 if it is malformed.
u32 decode(char* text, u32 from, u32 length) {
  u32 out = 0;
  for (u32 i = from; i < length && text[i] != '?'; i++) {
    u8 c = static_cast<u8>(text[i]);
    if (c == '#') return 0;  // a fragment is never sent (RFC 9112, 3.2)
    if (c == '%') {
      if (i + 2 >= length) return 0;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return 0;
      c = static_cast<u8>(high << 4 | low);
      i += 2;
    }
    if (c < 0x20 || c == 0x7f) return 0;
    text[out++] = static_cast<char>(c);
  }
  return out;
}

// Joins "//" and "/./" and takes ".." back to the part before (RFC 3986, 5.2.4), of a path that begins
// with '/', in place. 0 if it climbs above the root.
u32 normalise(char* text, u32 length) {
  u32 out = 0;
  for (u32 i = 0; i < length;) {
    u32 end = ++i;  // behind a '/'
    while (end < length && text[end] != '/') end++;
    const std::string_view part(text + i, end - i);
    if (part == "..") {
      if (out == 0) return 0;
      while (text[--out] != '/') {
      }
    } else if (!part.empty() && part != ".") {
      text[out++] = '/';
      for (; i < end; i++) text[out++] = text[i];
      i = end;
      continue;
    }
    if (end == length) text[out++] = '/';  // it names a directory
    i = end;
  }
  return out;
}

}  // namespace

u32 normalise_target(char* text, u32 length) {
  if (length == 0) return 0;
  if (is_plain(text, length)) return length;
  const u32 from = skip_authority(text, length);
  if (from == kBad) return 0;
  if (from > 0 && (from == length || text[from] == '?')) {  // "http://host" means "/"
    text[0] = '/';
    return 1;
  }
  const u32 decoded = decode(text, from, length);
  if (decoded == 0 || text[0] != '/') return 0;
  return normalise(text, decoded);
}

}  // namespace http
