// SPDX-License-Identifier: MIT
// Table: finds, hands out and takes back the connections of a Storage. The hash is keyed, so that
// nobody outside can fill one bucket.
#pragma once
#include <span>

#include "tcp/connection.hpp"

namespace tcp {

template <class Policy>
class Table {
 public:
  using Block = Connection<Policy>;
  // Both all zero.
  void start(std::span<Block> connections, std::span<u32> buckets, const Key& key) {
    connections_ = connections;
    buckets_ = buckets;
    key_ = table_key(key);
    free_ = fresh_ = used_ = 0;
  }

  Block* find(const Flow& flow) {
    for (u32 n = bucket(flow); n != 0;) {
      Block& c = connections_[n - 1];
      if (c.flow == flow) return &c;
      n = c.next_in_bucket;
    }
    return nullptr;
  }
  // A free connection, entered under these names and otherwise zero, or nullptr.
  Block* allocate(const Flow& flow) {
    if (full()) return nullptr;
    u32 number = free_;
    if (number != 0) {
      free_ = connections_[number - 1].next_in_bucket;
    } else {
      number = ++fresh_;
    }
    Block& c = connections_[number - 1];
    used_++;
    u32& head = bucket(flow);
    c.flow = flow;
    c.next_in_bucket = head;
    head = number;
    return &c;
  }
  // Takes it out of the table; its generation moves on, so that old ids are stale.
  void free(Block& c) {
    const u32 number = index(c) + 1;
    u32* link = &bucket(c.flow);
    while (*link != number) link = &connections_[*link - 1].next_in_bucket;
    *link = c.next_in_bucket;
    const u32 generation = c.generation + 1;
    c = Block{};
    c.generation = generation;
    c.next_in_bucket = free_;
    free_ = number;
    used_--;
  }

  Block& at(u32 index) { return connections_[index]; }
  const Block& at(u32 index) const { return connections_[index]; }
  u32 size() const { return static_cast<u32>(connections_.size()); }
  u32 index(const Block& c) const { return static_cast<u32>(&c - connections_.data()); }
  u32 used() const { return used_; }
  u32 touched() const { return fresh_; }
  bool full() const { return used_ == connections_.size(); }

 private:
  u32& bucket(const Flow& flow) { return buckets_[quick_hash_of(key_, flow) % buckets_.size()]; }

  std::span<Block> connections_;
  std::span<u32> buckets_;
  TableKey key_ = {};
  u32 free_ = 0;   // index + 1
  u32 fresh_ = 0;  // connections from here on were never used: their memory is untouched
  u32 used_ = 0;
};

}  // namespace tcp
