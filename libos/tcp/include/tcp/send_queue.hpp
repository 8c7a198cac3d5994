// SPDX-License-Identifier: MIT
// SendQueue: references to what a connection has to send and has not seen acknowledged, in order.
// It is the retransmission queue and the socket buffer in one and copies nothing.
#pragma once
#include <span>

#include "net/link.hpp"

namespace tcp {

using namespace abi;

inline constexpr u32 kSendPieces = 16;  // send() calls outstanding per connection

class SendQueue {
 public:
  void reset() { first_ = acked_ = waiting_ = head_offset_ = 0, bytes_ = 0; }

  u32 room() const { return kSendPieces - acked_ - waiting_; }
  // False when there is no room. `piece` must not be empty.
  bool push(const net::Piece& piece, u64 token);
  // Bytes not acknowledged.
  u64 bytes() const { return bytes_; }
  // The peer has `count` (<= bytes()) more.
  void acknowledge(u32 count);
  // Whether a reference is to be given back, and takes it out.
  bool has_released() const { return acked_ > 0; }
  u64 pop_released();
  // Makes every reference one to be given back.
  void release_all();

  struct Gathered {
    u32 pieces;
    u32 length;
  };
  // Fills `out` with what lies from `offset` on, at most `length` bytes and at most out.size() pieces.
  Gathered gather(u64 offset, u32 length, std::span<net::Piece> out) const;

 private:
  struct Entry {
    net::Piece piece;
    u64 token;
  };
  const Entry& at(u32 n) const { return entries_[(first_ + n) % kSendPieces]; }

  Entry entries_[kSendPieces];
  u32 first_;        // oldest entry
  u32 acked_;        // entries acknowledged, not yet given back; the first ones
  u32 waiting_;      // entries after those
  u32 head_offset_;  // bytes acknowledged of the first waiting entry
  u64 bytes_;
};

}  // namespace tcp
