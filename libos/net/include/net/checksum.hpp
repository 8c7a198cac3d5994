// SPDX-License-Identifier: MIT
// Checksum: the Internet checksum (RFC 1071) over a run of pieces of any length and alignment, as
// IPv4, ICMP, UDP and TCP use it.
#pragma once
#include <span>

#include "net/types.hpp"

namespace net {

class Checksum {
 public:
  // Continues with `data`. A piece of odd length shifts what follows by a byte, as if all pieces
  // were one run.
  void add(std::span<const u8> data);
  void add(const Piece& piece) { add(std::span(piece.data, piece.length)); }
  // The pseudo-header of UDP and TCP (RFC 768; RFC 9293, 3.1); `length` counts header and data.
  void add_pseudo_header(Address source, Address destination, u8 protocol, u32 length);
  // The complement of the sum, in host order: what goes into the field, stored big-endian. Over data
  // that holds a right checksum it is 0.
  u16 finish() const;

 private:
  u64 sum_ = 0;  // of 16-bit words in the processor's byte order, not yet folded
  bool odd_ = false;
};

}  // namespace net
