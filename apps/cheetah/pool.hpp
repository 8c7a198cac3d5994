// SPDX-License-Identifier: MIT
// Pool: which of a fixed number of things are free, in a list, the most recently used first, so that
// the ones in use stay few and warm. Numbers count from 1; 0 is none. Zero memory is a pool in which all
// are free, and what was never used stays untouched.
#pragma once
#include "abi/types.hpp"

namespace cheetah {

using namespace abi;

template <class Thing, u32 Count>
class Pool {
 public:
  // `things`: Count of them.
  void start(Thing* things) { things_ = things; }
  Thing& at(u32 number) { return things_[number - 1]; }
  bool empty() const { return first_ == 0 && fresh_ == Count; }
  u32 in_use() const { return in_use_; }

  // 0: none is free. What is in it is undefined.
  u32 take() {
    if (empty()) return 0;
    in_use_++;
    const u32 number = first_;
    if (number == 0) return ++fresh_;
    first_ = next_[number - 1];
    return number;
  }
  void give_back(u32 number) {
    next_[number - 1] = first_;
    first_ = number;
    in_use_--;
  }

 private:
  Thing* things_ = nullptr;
  u32 first_ = 0, fresh_ = 0, in_use_ = 0;
  u32 next_[Count] = {};
};

}  // namespace cheetah
