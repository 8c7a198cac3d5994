// SPDX-License-Identifier: MIT
// Storage: the memory of an engine, apart from it so that a global one is all zero and takes no space
// in the image, and pages of it that no connection has used yet are never touched.
#pragma once
#include "tcp/connection.hpp"
#include "tcp/policy.hpp"
#include "tcp/time_wait.hpp"

namespace tcp {

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
};

}  // namespace tcp
