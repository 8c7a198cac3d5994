// SPDX-License-Identifier: MIT
#include "tcp/cookie.hpp"

namespace tcp {
namespace {

// Segment sizes that a cookie can tell: those that are met, with and without tunnels.
constexpr u16 kSizes[8] = {88, 256, 536, 1024, 1220, 1380, 1440, 1460};
constexpr u32 kClockBits = 5, kClockShift = 27, kSizeShift = 24, kHashMask = 0xffffff;
constexpr u32 kOptionsMask = 63, kNoScaleCode = 15;

u32 hash_bits(const Key& key, const Flow& flow, u32 initial, u64 clock, u32 size) {
  return static_cast<u32>(hash_of(key, flow, clock << 35 | u64{size} << 32 | initial)) & kHashMask;
}

}  // namespace

u32 make_cookie(const Key& key, u64 now, const Flow& flow, u32 peer_initial, u16 mss) {
  u32 size = 7;
  while (size > 0 && kSizes[size] > mss) size--;
  const u64 clock = now / kCookieTime;
  return static_cast<u32>(clock) << kClockShift | size << kSizeShift |
         hash_bits(key, flow, peer_initial, clock, size);
}

std::optional<u16> read_cookie(const Key& key, u64 now, const Flow& flow, u32 peer_initial, u32 cookie) {
  const u64 clock = now / kCookieTime;
  const u64 age = (clock - (cookie >> kClockShift)) % (1 << kClockBits);
  if (age > 1 || age > clock) return {};
  const u32 size = cookie >> kSizeShift & 7;
  if ((cookie & kHashMask) != hash_bits(key, flow, peer_initial, clock - age, size)) return {};
  return kSizes[size];
}

u32 cookie_timestamp(u32 value, const HeaderOptions& theirs) {
  const u32 scale = theirs.scale == kNoScale ? kNoScaleCode : theirs.scale;
  const u32 bits = scale | (theirs.sack_permitted ? 16u : 0u);
  const u32 stamped = (value & ~kOptionsMask) | bits;
  return after(stamped, value) ? stamped - (kOptionsMask + 1) : stamped;
}

HeaderOptions from_cookie_timestamp(u32 echo) {
  HeaderOptions options;
  const u8 scale = static_cast<u8>(echo & 15);
  options.scale = scale == kNoScaleCode ? kNoScale : scale;
  options.sack_permitted = (echo & 16) != 0;
  return options;
}

}  // namespace tcp
