// SPDX-License-Identifier: MIT
// Storage: the memory of an engine, apart from it so that a global one is all zero and takes no space
// in the image, and pages of it that no connection has used yet are never touched. Memory: the same
// wherever it lies, with the numbers known at start only.
#pragma once
#include <span>

#include "tcp/connection.hpp"
#include "tcp/policy.hpp"
#include "tcp/time_wait.hpp"

namespace tcp {

// All zero at first. Only `buckets` and `waiting_buckets`, some bytes for each connection, are touched
// here and there; of the rest only what has been in use at once.
template <class Policy>
struct Memory {
  std::span<Connection<Policy>> connections;  // at least 2
  std::span<Waiting> waiting;
  std::span<u32> buckets, waiting_buckets;  // about twice and once as many
  std::span<SendEntry> pieces;
  std::span<u8> blocks;  // 2 to 65534 of Policy::kReceiveBlock bytes
};

// Must be zero at first; needs no constructor.
template <class Policy = DefaultPolicy>
struct Storage {
  static constexpr u32 kConnections = Policy::kConnections;
  static_assert(kConnections >= 2);
  static_assert((Policy::kReceiveWindow & (Policy::kReceiveWindow - 1)) == 0);
  static_assert(Policy::kReceiveWindow >= 2048 && Policy::kReceiveWindow <= 1u << 30);
  static_assert(Policy::kReceiveBlocks >= 2 && Policy::kReceiveBlocks < 0xffff);

  Connection<Policy> connections[kConnections];
  Waiting waiting[Policy::kTimeWait];
  u32 buckets[2 * kConnections];
  u32 waiting_buckets[Policy::kTimeWait];
  SendEntry pieces[Policy::kSendPieces];
  u8 blocks[u64{Policy::kReceiveBlocks} * Policy::kReceiveBlock];

  operator Memory<Policy>() { return {connections, waiting, buckets, waiting_buckets, pieces, blocks}; }
};

}  // namespace tcp
