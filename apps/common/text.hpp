// SPDX-License-Identifier: MIT
// How the applications write things for people.
#pragma once
#include "base/text.hpp"

namespace apps {

// An IPv4 address, from a number as in core/start.hpp.
inline base::Text& put_address(base::Text& text, abi::u32 address) {
  for (abi::u32 i = 0; i < 4; i++) {
    if (i > 0) text.put('.');
    text.dec(address >> (24 - 8 * i) & 0xff);
  }
  return text;
}

// An IPv6 address as its two halves, as RFC 5952 wants it; an IPv4 address in its mapped form as such.
inline base::Text& put_address(base::Text& text, abi::u64 high, abi::u64 low) {
  if (high == 0 && low >> 32 == 0xffff) return put_address(text, static_cast<abi::u32>(low));
  const auto group = [&](abi::u32 i) {
    return (i < 4 ? high >> (48 - 16 * i) : low >> (112 - 16 * i)) & 0xffff;
  };
  abi::u32 gap = 8, longest = 1;  // the first of the most zeros in a row, two at least
  for (abi::u32 first = 0; first < 8; first++) {
    abi::u32 end = first;
    while (end < 8 && group(end) == 0) end++;
    if (end - first <= longest) continue;
    gap = first;
    longest = end - first;
  }
  for (abi::u32 i = 0; i < 8; i++) {
    if (i == gap) {
      text.put("::");
      i += longest - 1;
      continue;
    }
    if (i > 0 && i != gap + longest) text.put(':');
    text.hex(group(i));
  }
  return text;
}

}  // namespace apps
