// SPDX-License-Identifier: MIT
// IpAddress: an address of either family, for what does not care which: TCP, UDP, sockets. An IPv4
// address is kept IPv4-mapped (RFC 4291, 2.5.5.2), so that comparing is two words whatever it is.
#pragma once
#include "net/types.hpp"

namespace net {

// An IPv6 address in host byte order; value 0 means "none". Trivial, as Address is.
struct Address6 {
  u64 high, low;
  friend constexpr bool operator==(Address6, Address6) = default;
  constexpr bool none() const { return (high | low) == 0; }
  constexpr bool multicast() const { return high >> 56 == 0xff; }
  constexpr bool link_local() const { return high >> 54 == 0x3fa; }  // fe80::/10
  constexpr bool loopback() const { return high == 0 && low == 1; }
  constexpr bool mapped() const { return high == 0 && low >> 32 == 0xffff; }
};

class IpAddress {
 public:
  constexpr IpAddress() = default;
  constexpr IpAddress(Address a) : high_(0), low_(kMapped | a.value) {}  // NOLINT: no other meaning
  constexpr IpAddress(Address6 a) : high_(a.high), low_(a.low) {}        // NOLINT

  constexpr bool is_v4() const { return high_ == 0 && low_ >> 32 == 0xffff; }
  constexpr Address v4() const { return {static_cast<u32>(low_)}; }  // meaningful if is_v4()
  constexpr Address6 v6() const { return {high_, low_}; }
  constexpr u64 high() const { return high_; }
  constexpr u64 low() const { return low_; }
  constexpr bool none() const { return high_ == 0 && (low_ == 0 || low_ == kMapped); }
  constexpr bool multicast() const { return is_v4() ? v4().multicast() : v6().multicast(); }
  friend constexpr bool operator==(IpAddress, IpAddress) = default;

 private:
  static constexpr u64 kMapped = 0xffff00000000;
  u64 high_, low_;
};

}  // namespace net
