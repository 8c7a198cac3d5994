// SPDX-License-Identifier: MIT
// SendQueue: references to what a connection has to send and has not seen acknowledged, in order.
// It is the retransmission queue and the socket buffer in one and copies nothing. The references lie
// in a pool that all connections of an engine share, so that an idle one has none.
#pragma once
#include <span>

#include "net/link.hpp"

namespace tcp {

using namespace abi;

struct SendEntry {
  net::Piece piece;
  u64 token;
  u32 next;  // index + 1, 0 at the end
};

class SendPool {
 public:
  // `entries` are the pool's from now on.
  void start(std::span<SendEntry> entries);
  u32 free() const { return free_; }
  SendEntry& at(u32 number) { return entries_[number - 1]; }
  const SendEntry& at(u32 number) const { return entries_[number - 1]; }
  u32 take();  // 0: none is free
  void give_back(u32 number);

 private:
  std::span<SendEntry> entries_;
  u32 first_ = 0;
  u32 fresh_ = 0;  // entries from here on were never taken, and are not in the list
  u32 free_ = 0;
};

class SendQueue {
 public:
  void reset() { *this = {}; }

  u32 count() const { return count_; }  // references held
  // False: the pool is empty. `piece` must not be empty.
  bool push(SendPool& pool, const net::Piece& piece, u64 token);
  // Bytes not acknowledged.
  u64 bytes() const { return bytes_; }
  // The peer has `count` (<= bytes()) more.
  void acknowledge(u32 count);
  // Whether the first reference is to be given back, and takes it out.
  bool has_released(const SendPool& pool) const;
  u64 pop_released(SendPool& pool);
  // Makes every reference one to be given back.
  void release_all();

  struct Gathered {
    u32 pieces;
    u32 length;
  };
  // Fills `out` with what lies from `offset` on, at most `length` bytes and at most out.size() pieces.
  Gathered gather(const SendPool& pool, u64 offset, u32 length, std::span<net::Piece> out) const;

 private:
  u32 first_, last_;  // numbers in the pool, 0: empty
  u32 count_;
  u64 head_offset_;  // bytes acknowledged, from the start of the first reference
  u64 bytes_;
};

}  // namespace tcp
