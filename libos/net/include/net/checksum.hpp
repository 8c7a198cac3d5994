// SPDX-License-Identifier: MIT
// Checksum: the Internet checksum (RFC 1071) over a run of pieces of any length and alignment, as
// IPv4, ICMP, UDP and TCP use it. Of data that is sent often, sums can be kept beside it (see
// make_sums): then a piece costs the same whatever its length.
#pragma once
#include <span>

#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kSumStep = 128;  // bytes between two kept sums

// How many sums make_sums writes for `length` bytes.
constexpr u32 sums_of(u64 length) { return static_cast<u32>(length / kSumStep + 1); }
// Writes sums_of(data.size()) sums: number i is that of the first i * kSumStep bytes.
void make_sums(std::span<const u8> data, u16* sums);

class Checksum {
 public:
  // Continues with `data`. A piece of odd length shifts what follows by a byte, as if all pieces
  // were one run.
  void add(std::span<const u8> data);
  // With kept sums if the piece has them.
  void add(const Piece& piece);
  // The pseudo-header of UDP and TCP (RFC 768; RFC 9293, 3.1; RFC 8200, 8.1); `length` counts header
  // and data.
  void add_pseudo_header(IpAddress source, IpAddress destination, u8 protocol, u32 length);
  // The complement of the sum, in host order: what goes into the field, stored big-endian. Over data
  // that holds a right checksum it is 0.
  u16 finish() const;
  // The sum itself, not complemented: what a card that completes a checksum wants in the field.
  u16 partial() const { return static_cast<u16>(~finish()); }

 private:
  void add_part(u64 part, u64 length);

  u64 sum_ = 0;  // of 16-bit words in the processor's byte order, not yet folded
  bool odd_ = false;
};

}  // namespace net
