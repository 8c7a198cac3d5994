// SPDX-License-Identifier: MIT
// What the ownership table must say: stretches of blocks with a number each as their owner, lowest first.
// Plain data, so that the journal can hold it.
#pragma once
#include "abi/extent.hpp"
#include "ledger/view.hpp"

namespace blocks {
using namespace abi;

struct Stretch {
  u64 start;
  u64 blocks;
  u64 owner;
};

struct Model {
  static constexpr u32 kMost = 64;
  u32 count;
  u32 reserved;
  Stretch list[kMost];

  bool operator==(const Model& other) const;
  void add(const Stretch& stretch);
  // The part [start, start + blocks) of one of them goes.
  void remove(u64 start, u64 blocks);
};

// What the ledger says of the first table.
bool read_table(const ledger::View& view, Model& to);

}  // namespace blocks
