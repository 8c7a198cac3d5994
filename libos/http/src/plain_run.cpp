// SPDX-License-Identifier: MIT
// The one loop that sees every byte of a request: eight at a time.
#include "characters.hpp"

namespace http {
namespace {

using namespace abi;

constexpr u64 kOnes = 0x0101010101010101ul;
constexpr u64 kHighs = 0x8080808080808080ul;

// Not 0 if one of the eight bytes may be a control character; tabs and bytes behind a real one may be
// among those that it takes for some.
constexpr u64 suspicious(u64 word) {
  const u64 low = (word - kOnes * 0x20) & ~word;                                 // < 0x20
  const u64 deleted = ((word ^ kOnes * 0x7f) - kOnes) & ~(word ^ kOnes * 0x7f);  // == 0x7f
  return (low | deleted) & kHighs;
}

constexpr bool is_plain(char c) {
  const u8 code = static_cast<u8>(c);
  return (code >= 0x20 && code != 0x7f) || c == '\t';
}

}  // namespace

u32 plain_run(const char* text, u32 length) {
  u32 i = 0;
  for (; length - i >= 8; i += 8) {
    u64 word;
    __builtin_memcpy(&word, text + i, 8);
    if (suspicious(word) == 0) continue;
    for (u32 end = i + 8; i < end; i++)
      if (!is_plain(text[i])) return i;
    i -= 8;
  }
  while (i < length && is_plain(text[i])) i++;
  return i;
}

}  // namespace http
