// SPDX-License-Identifier: MIT
// BlockPool: the memory of all receive queues of an engine, in blocks of one size. Received data that
// the application takes at once never comes here.
#pragma once
#include <span>

#include "abi/types.hpp"

namespace tcp {

using namespace abi;

class BlockPool {
 public:
  static constexpr u16 kNoBlock = 0;

  // `memory`: `count` (< 65535) blocks of `bytes` (a power of two, at least 2) each.
  void start(u8* memory, u32 bytes, u32 count);
  u32 bytes() const { return bytes_; }
  u32 free() const { return free_; }
  u32 count() const { return count_; }
  u8* at(u16 number) const { return memory_ + u64{number - 1u} * bytes_; }
  u16 take();  // kNoBlock: none is free
  void give_back(u16 number);

 private:
  u8* memory_ = nullptr;
  u32 bytes_ = 0;
  u32 count_ = 0;
  u32 free_ = 0;
  u32 fresh_ = 0;  // blocks from here on were never taken, and are not in the list
  u16 first_ = kNoBlock;
};

}  // namespace tcp
