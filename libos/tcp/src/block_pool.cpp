// SPDX-License-Identifier: MIT
#include "tcp/block_pool.hpp"

#include "base/memory.hpp"

namespace tcp {

void BlockPool::start(u8* memory, u32 bytes, u32 count) {
  memory_ = memory;
  bytes_ = bytes;
  count_ = free_ = count;
  fresh_ = 0;
  first_ = kNoBlock;
}

// A free block begins with the number of the next one.
u16 BlockPool::take() {
  if (free_ == 0) return kNoBlock;
  free_--;
  if (first_ == kNoBlock) return static_cast<u16>(++fresh_);
  const u16 number = first_;
  memcpy(&first_, at(number), sizeof first_);
  return number;
}

void BlockPool::give_back(u16 number) {
  memcpy(at(number), &first_, sizeof first_);
  first_ = number;
  free_++;
}

}  // namespace tcp
