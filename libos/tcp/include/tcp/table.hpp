// SPDX-License-Identifier: MIT
// Table: finds, hands out and takes back the connections of a Storage. The hash is keyed, so that
// nobody outside can fill one bucket.
#pragma once
#include "tcp/isn.hpp"
#include "tcp/storage.hpp"

namespace tcp {

class Table {
 public:
  void start(const StorageView& storage, const u64 (&key)[2]);

  Connection* find(net::Address remote, u16 remote_port, u16 local_port);
  // A free connection, entered under these names and otherwise zero, or nullptr.
  Connection* allocate(net::Address remote, u16 remote_port, u16 local_port);
  // Takes it out of the table; its generation moves on, so that old ids are stale.
  void free(Connection& c);

  std::span<Connection> all() { return storage_.connections; }
  std::span<const Connection> all() const { return storage_.connections; }
  u16 index(const Connection& c) const { return static_cast<u16>(&c - storage_.connections.data()); }
  u8* receive_memory(const Connection& c) {
    return storage_.receive + u64{index(c)} * storage_.receive_bytes;
  }
  u32 receive_bytes() const { return storage_.receive_bytes; }
  u32 used() const { return used_; }
  bool full() const { return first_free_ == 0; }

 private:
  u16& bucket(net::Address remote, u16 remote_port, u16 local_port);

  StorageView storage_{};
  u64 key_[2] = {};
  u16 first_free_ = 0;  // index + 1
  u32 used_ = 0;
};

}  // namespace tcp
