// SPDX-License-Identifier: MIT
// SYN cookies (RFC 4987, 3.6): when too many connections are half open, what is to be remembered of a
// SYN is put into our initial sequence number and timestamp, and comes back with the acknowledgement.
//
// The sequence number: 5 bits of a clock of 64 seconds, 3 bits that choose the segment size, 24 bits of
// a keyed hash over both, the names and the peer's initial number. The timestamp's lowest 6 bits: the
// peer's window scale and whether it permits SACK; what is changed there concerns only who changes it.
#pragma once
#include <optional>

#include "tcp/header_options.hpp"
#include "tcp/settings.hpp"

namespace tcp {

inline constexpr u64 kCookieTime = 64 * kSecond;  // a cookie is taken for one to two of these

u32 make_cookie(const Key& key, u64 now, const Flow& flow, u32 peer_initial, u16 mss);
// The segment size that the cookie tells. Nothing: it is not one of ours, or too old.
std::optional<u16> read_cookie(const Key& key, u64 now, const Flow& flow, u32 peer_initial, u32 cookie);

// The timestamp `value`, or one a little before it, with what `theirs` says.
u32 cookie_timestamp(u32 value, const HeaderOptions& theirs);
// What an echoed timestamp says: scale and sack_permitted.
HeaderOptions from_cookie_timestamp(u32 echo);

}  // namespace tcp
