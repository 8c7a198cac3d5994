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

}  // namespace apps
