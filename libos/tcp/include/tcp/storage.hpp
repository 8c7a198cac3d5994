// SPDX-License-Identifier: MIT
// Storage: the memory of an engine, apart from it so that its size is the application's choice and
// a global one is all zero and takes no space in the image.
#pragma once
#include <span>

#include "tcp/connection.hpp"

namespace tcp {

struct StorageView {
  std::span<Connection> connections;
  std::span<u16> buckets;
  u8* receive;  // receive_bytes per connection
  u32 receive_bytes;
};

// Connections: table size, half-open and TIME-WAIT ones included. ReceiveBytes: the window of each.
// Must be zero at first; needs no constructor.
template <u32 Connections = 256, u32 ReceiveBytes = 8192>
struct Storage {
  static constexpr u32 kConnections = Connections;
  static constexpr u32 kReceiveBytes = ReceiveBytes;
  static_assert(Connections >= 2 && Connections < 0xffff);
  static_assert(ReceiveBytes >= 2048 && ReceiveBytes <= 65536 && (ReceiveBytes & (ReceiveBytes - 1)) == 0);

  StorageView view() { return {connections, buckets, receive, ReceiveBytes}; }

  Connection connections[Connections];
  u16 buckets[2 * Connections];
  u8 receive[u64{Connections} * ReceiveBytes];
};

}  // namespace tcp
