// SPDX-License-Identifier: MIT
#include "tcp/table.hpp"

namespace tcp {

void Table::start(const StorageView& storage, const u64 (&key)[2]) {
  storage_ = storage;
  key_[0] = key[0];
  key_[1] = ~key[1];  // not the hash that makes sequence numbers, whose low bits a peer sees
  first_free_ = 0;
  used_ = 0;
  for (u16& b : storage_.buckets) b = 0;
  for (u64 i = storage_.connections.size(); i-- > 0;) {
    storage_.connections[i].next_in_bucket = first_free_;
    first_free_ = static_cast<u16>(i + 1);
  }
}

u16& Table::bucket(net::Address remote, u16 remote_port, u16 local_port) {
  const u64 hash = hash_names(key_, net::Address{}, local_port, remote, remote_port);
  return storage_.buckets[hash % storage_.buckets.size()];
}

Connection* Table::find(net::Address remote, u16 remote_port, u16 local_port) {
  for (u16 i = bucket(remote, remote_port, local_port); i != 0;) {
    Connection& c = storage_.connections[i - 1u];
    if (c.remote == remote && c.remote_port == remote_port && c.local_port == local_port) return &c;
    i = c.next_in_bucket;
  }
  return nullptr;
}

Connection* Table::allocate(net::Address remote, u16 remote_port, u16 local_port) {
  if (first_free_ == 0) return nullptr;
  const u16 number = first_free_;
  Connection& c = storage_.connections[number - 1u];
  first_free_ = c.next_in_bucket;
  used_++;
  u16& head = bucket(remote, remote_port, local_port);
  c.remote = remote;
  c.remote_port = remote_port;
  c.local_port = local_port;
  c.next_in_bucket = head;
  head = number;
  return &c;
}

void Table::free(Connection& c) {
  const u16 number = static_cast<u16>(index(c) + 1);
  u16* link = &bucket(c.remote, c.remote_port, c.local_port);
  while (*link != number) link = &storage_.connections[*link - 1u].next_in_bucket;
  *link = c.next_in_bucket;
  const u16 generation = static_cast<u16>(c.generation + 1);
  c = {};
  c.generation = generation;
  c.next_in_bucket = first_free_;
  first_free_ = number;
  used_--;
}

}  // namespace tcp
