// SPDX-License-Identifier: MIT
// ReceiveBuffer: a ring that takes segments in any order and gives bytes in order. Bytes that came
// early lie in the ring at their place; a few ranges remember where (RFC 9293, 3.10.7.4).
#pragma once
#include <span>

#include "tcp/sequence.hpp"

namespace tcp {

inline constexpr u32 kEarlyRanges = 8;  // gaps that can be open at a time; further early data is dropped

class ReceiveBuffer {
 public:
  // Starts empty over `memory` (a power of two of bytes, at most 65536) at sequence number `next`.
  void reset(u8* memory, u32 capacity, u32 next);

  u32 next() const { return next_; }                 // sequence number that is wanted next: RCV.NXT
  u32 window() const { return capacity_ - ready_; }  // bytes from next() on that have room
  u32 ready() const { return ready_; }               // bytes to read
  bool gaps() const { return ranges_ > 0; }          // something came early and waits

  // Takes the bytes at `sequence`; what lies outside [next, next + window) is cut off. Answers how
  // many bytes became ready.
  u32 insert(u32 sequence, std::span<const u8> data);
  // A sequence number that carries no byte (FIN) was taken.
  void skip_one() { next_++; }

  // The first run of bytes to read: all of them, or up to the end of the ring.
  std::span<const u8> peek() const;
  void consume(u32 count);  // <= ready()

 private:
  struct Range {
    u32 begin, end;
  };
  bool remember(u32 begin, u32 end);
  void copy(u32 sequence, std::span<const u8> data);

  u8* memory_;
  u32 capacity_;
  u32 read_;  // where in the ring the next byte to read lies
  u32 ready_;
  u32 next_;
  u32 ranges_;
  Range range_[kEarlyRanges];  // sorted, apart from each other, after next_
};

}  // namespace tcp
