// SPDX-License-Identifier: MIT
// CRC-32 as in IEEE 802.3 and zlib (reflected polynomial 0xedb88320): detects damage, not malice.
#pragma once
#include "abi/types.hpp"

namespace base {

namespace detail {
struct Crc32Table {
  abi::u32 entry[256];
  consteval Crc32Table() : entry{} {
    for (abi::u32 i = 0; i < 256; i++) {
      abi::u32 c = i;
      for (int bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? (c >> 1) ^ 0xedb88320u : c >> 1;
      entry[i] = c;
    }
  }
};
inline constexpr Crc32Table kCrc32Table;
}  // namespace detail

// Continues `crc` (0 to start) over `length` bytes.
constexpr abi::u32 crc32(const abi::u8* data, abi::u64 length, abi::u32 crc = 0) {
  crc = ~crc;
  for (abi::u64 i = 0; i < length; i++) crc = detail::kCrc32Table.entry[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

}  // namespace base
