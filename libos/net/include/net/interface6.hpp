// SPDX-License-Identifier: MIT
// Interface6: who we are in IPv6: addresses with their lives, which prefixes are on the link, and which
// routers there are (RFC 4861, RFC 4862). Decides; Stack asks and sends.
#pragma once
#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kAddresses6 = 4, kPrefixes6 = 4, kRouters6 = 2;
inline constexpr u64 kDadWait = kSecond;  // RFC 4862, 5.1: RetransTimer, one probe

constexpr Address6 prefix_of(Address6 a, u32 bits) {
  if (bits >= 128) return a;
  if (bits >= 64) return {a.high, bits == 64 ? 0 : a.low & ~0ul << (128 - bits)};
  return {bits == 0 ? 0 : a.high & ~0ul << (64 - bits), 0};
}
constexpr Address6 solicited_node(Address6 a) {  // RFC 4291, 2.7.1
  return {0xff02000000000000, 0x1ff000000 | (a.low & 0xffffff)};
}
inline constexpr Address6 kAllNodes{0xff02000000000000, 1}, kAllRouters{0xff02000000000000, 2};
// The low half of an address out of a station's number (RFC 4291, Appendix A).
constexpr u64 interface_id(const Mac& mac) {
  const u8(&b)[6] = mac.bytes;
  return u64{static_cast<u8>(b[0] ^ 2)} << 56 | u64{b[1]} << 48 | u64{b[2]} << 40 | u64{0xfffe} << 24 |
         u64{b[3]} << 16 | u64{b[4]} << 8 | b[5];
}

class Interface6 {
 public:
  struct Own {
    Address6 address;
    u64 tentative_until;  // until then nobody may object (RFC 4862, 5.4); 0: it is ours
    u64 preferred_until, valid_until;
    bool used;
  };

  // An address, tentative at first. False: it is there already, or there is no room.
  bool add(u64 now, Address6 address, u64 preferred_until = kForever, u64 valid_until = kForever);
  void remove(Address6 address);
  Own* find(Address6 address);
  bool ours(Address6 address) const;  // and not tentative
  bool tentative(Address6 address) const;
  // What to speak from (RFC 6724, in short: the same scope, preferred, the longest common prefix).
  Address6 source_for(u64 now, Address6 to) const;

  // A prefix of a router's: which addresses are neighbours. `until` 0 takes it back.
  void prefix(Address6 prefix, u32 bits, u64 until);
  // A router; `until` 0 takes it back.
  void router(Address6 address, u64 until);
  // The neighbour through which `to` is reached, none if there is none.
  Address6 next_hop(u64 now, Address6 to) const;

  // Ends lives that are over; a tentative address whose time has come becomes ours.
  void expire(u64 now);
  u64 next_deadline() const;
  const Own* begin() const { return own_; }
  const Own* end() const { return own_ + kAddresses6; }
  Own* begin() { return own_; }
  Own* end() { return own_ + kAddresses6; }
  u32 addresses() const;

 private:
  struct Prefix {
    Address6 prefix;
    u32 bits;
    u64 until;  // 0: free
  };
  struct Router {
    Address6 address;
    u64 until;  // 0: free
  };
  Own own_[kAddresses6] = {};
  Prefix prefixes_[kPrefixes6] = {};
  Router routers_[kRouters6] = {};
};

}  // namespace net
