// SPDX-License-Identifier: MIT
// Addresses and pieces: the vocabulary of every protocol module. Addresses are values in host
// order; the wire's byte order is met only where a header is read or written.
#pragma once
#include "abi/types.hpp"

namespace net {

using namespace abi;

// An IPv4 address in host byte order; value 0 means "none". Trivial, so that tables of it can be
// left to the zero page: write Address{}.
struct Address {
  u32 value;
  friend constexpr bool operator==(Address, Address) = default;
  constexpr bool none() const { return value == 0; }
  constexpr bool multicast() const { return value >> 28 == 0xe; }  // 224.0.0.0/4, RFC 5771
  constexpr bool loopback() const { return value >> 24 == 127; }
};
inline constexpr Address kBroadcast{0xffffffffu};  // limited broadcast, RFC 919

constexpr Address address(u8 a, u8 b, u8 c, u8 d) {
  return {static_cast<u32>(a) << 24 | static_cast<u32>(b) << 16 | static_cast<u32>(c) << 8 | d};
}

// An IEEE 802 station address in transmission order.
struct Mac {
  u8 bytes[6] = {};
  friend constexpr bool operator==(const Mac&, const Mac&) = default;
  constexpr bool group() const { return (bytes[0] & 1) != 0; }  // multicast or broadcast
};
inline constexpr Mac kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// Bytes of a packet that stay where they are: the card reads them from there. Where sums are kept with
// the data (checksum.hpp), `sums` are those of the run of bytes that begins at `summed`, and the piece
// lies in that run; it need not begin at a step.
struct Piece {
  const u8* data;
  u32 length;
  const u16* sums = nullptr;
  const u8* summed = nullptr;
};

inline constexpr u64 kMicrosecond = 1000;
inline constexpr u64 kMillisecond = 1000 * kMicrosecond;
inline constexpr u64 kSecond = 1000 * kMillisecond;  // times are nanoseconds of a monotonic clock

}  // namespace net
