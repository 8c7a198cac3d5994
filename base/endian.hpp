// SPDX-License-Identifier: MIT
// Unaligned loads and stores in network (big-endian) and little-endian byte order.
#pragma once
#include "abi/types.hpp"

namespace base {

using namespace abi;

constexpr u16 load_be16(const u8* p) { return static_cast<u16>(p[0] << 8 | p[1]); }
constexpr u32 load_be32(const u8* p) {
  return static_cast<u32>(p[0]) << 24 | static_cast<u32>(p[1]) << 16 | static_cast<u32>(p[2]) << 8 | p[3];
}
constexpr void store_be16(u8* p, u16 v) {
  p[0] = static_cast<u8>(v >> 8);
  p[1] = static_cast<u8>(v);
}
constexpr void store_be32(u8* p, u32 v) {
  store_be16(p, static_cast<u16>(v >> 16));
  store_be16(p + 2, static_cast<u16>(v));
}
constexpr u16 load_le16(const u8* p) { return static_cast<u16>(p[1] << 8 | p[0]); }
constexpr u32 load_le32(const u8* p) { return static_cast<u32>(load_le16(p + 2)) << 16 | load_le16(p); }
constexpr u64 load_le64(const u8* p) { return static_cast<u64>(load_le32(p + 4)) << 32 | load_le32(p); }

}  // namespace base
