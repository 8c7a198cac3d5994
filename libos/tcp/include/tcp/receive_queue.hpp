// SPDX-License-Identifier: MIT
// ReceiveQueue: takes data in any order and gives bytes in order. A window of Window bytes is laid over
// blocks of a pool, which are there only where bytes wait: unread ones, and those that came early. What
// the application takes straight out of the packet is only counted (`pass`).
#pragma once
#include <span>

#include "base/memory.hpp"
#include "tcp/block_pool.hpp"
#include "tcp/early_ranges.hpp"

namespace tcp {

// Window: a power of two, a multiple of the pool's blocks of BlockBytes.
template <u32 Window, u32 BlockBytes>
class ReceiveQueue {
 public:
  // Starts empty at sequence number `next`.
  void reset(u32 next) {
    origin_ = next_ = read_ = next;
    fin_ = 0;
    early_.reset();
    for (u16& b : block_) b = BlockPool::kNoBlock;
  }
  // Gives all blocks back; reset() before it is used again.
  void clear(BlockPool& pool) {
    drop(pool);
    early_.reset();
    read_ = next_ - fin_;
  }

  u32 next() const { return next_; }                       // sequence number that is wanted next: RCV.NXT
  u32 ready() const { return next_ - fin_ - read_; }       // bytes to read
  u32 window() const { return Window - (next_ - read_); }  // bytes from next() on that have room
  const EarlyRanges& early() const { return early_; }
  bool gaps() const { return early_.count() > 0; }
  // Nothing waits: the next bytes in order may go straight to the application.
  bool empty() const { return next_ == read_ && !gaps(); }

  // The application has taken `count` bytes from the packet itself; if empty().
  void pass(u32 count) { next_ += count, read_ += count; }
  // Takes the bytes at `sequence`; what lies outside [next, next + window) is cut off. Answers how many
  // bytes became ready. When the pool keeps fewer than `reserve` blocks, early ones are not taken.
  u32 insert(BlockPool& pool, u32 sequence, std::span<const u8> data, u32 reserve);
  // A sequence number that carries no byte (FIN) was taken.
  void skip_one() { next_++, fin_ = 1; }

  // The first run of bytes to read: all of them, or up to the end of a block.
  std::span<const u8> peek(const BlockPool& pool) const;
  void consume(BlockPool& pool, u32 count);  // <= peek().size()

 private:
  static constexpr u32 kBlocks = Window / BlockBytes;
  static_assert(Window % BlockBytes == 0 && (kBlocks & (kBlocks - 1)) == 0);
  u16& block_of(u32 sequence) { return block_[(sequence - origin_) / BlockBytes % kBlocks]; }
  u16 block_of(u32 sequence) const { return block_[(sequence - origin_) / BlockBytes % kBlocks]; }
  void drop(BlockPool& pool) {
    for (u16& b : block_) {
      if (b != BlockPool::kNoBlock) pool.give_back(b);
      b = BlockPool::kNoBlock;
    }
  }
  bool cover(BlockPool& pool, Range range);
  void forget_early(BlockPool& pool);
  void copy(BlockPool& pool, u32 sequence, std::span<const u8> data);

  u32 origin_;  // sequence number at the start of block 0, some rounds ago
  u32 next_;
  u32 read_;  // sequence number of the first byte to read
  u32 fin_;   // 1: the last number before next_ is the FIN's
  EarlyRanges early_;
  u16 block_[kBlocks];
};

// Has blocks under all of `range`. False: the pool has not enough; nothing was taken.
template <u32 Window, u32 BlockBytes>
bool ReceiveQueue<Window, BlockBytes>::cover(BlockPool& pool, Range range) {
  const auto each = [&](auto what) {
    for (u32 at = range.begin; before(at, range.end); at += BlockBytes - (at - origin_) % BlockBytes)
      if (block_of(at) == BlockPool::kNoBlock) what(block_of(at));
  };
  u32 missing = 0;
  each([&](u16&) { missing++; });
  if (missing > pool.free()) return false;
  each([&](u16& b) { b = pool.take(); });
  return true;
}

// Throws away what came early, so that what is in order finds room.
template <u32 Window, u32 BlockBytes>
void ReceiveQueue<Window, BlockBytes>::forget_early(BlockPool& pool) {
  early_.reset();
  const u32 first = (read_ - origin_) % Window / BlockBytes;
  const u32 offset = (read_ - origin_) % BlockBytes;
  const u32 used = ready() == 0 ? 0 : (offset + ready() + BlockBytes - 1) / BlockBytes;
  for (u32 i = used; i < kBlocks; i++) {
    u16& b = block_[(first + i) % kBlocks];
    if (b != BlockPool::kNoBlock) pool.give_back(b);
    b = BlockPool::kNoBlock;
  }
}

template <u32 Window, u32 BlockBytes>
void ReceiveQueue<Window, BlockBytes>::copy(BlockPool& pool, u32 sequence, std::span<const u8> data) {
  while (!data.empty()) {
    const u32 offset = (sequence - origin_) % BlockBytes;
    const u64 room = BlockBytes - offset;
    const u64 here = data.size() < room ? data.size() : room;
    memcpy(pool.at(block_of(sequence)) + offset, data.data(), here);
    data = data.subspan(here);
    sequence += static_cast<u32>(here);
  }
}

template <u32 Window, u32 BlockBytes>
u32 ReceiveQueue<Window, BlockBytes>::insert(BlockPool& pool, u32 sequence, std::span<const u8> data,
                                             u32 reserve) {
  if (before(sequence, next_)) {
    const u32 old = next_ - sequence;
    if (old >= data.size()) return 0;
    data = data.subspan(old);
    sequence = next_;
  }
  const u32 offset = sequence - next_;
  if (offset >= window()) return 0;
  if (data.size() > window() - offset) data = data.first(window() - offset);
  if (data.empty()) return 0;
  const Range range{sequence, sequence + static_cast<u32>(data.size())};
  const bool is_early = sequence != next_;
  if (is_early && (pool.free() < reserve || !early_.fits(range))) return 0;
  if (!cover(pool, range)) {
    if (is_early || !gaps()) return 0;
    forget_early(pool);  // it is sent again (RFC 2018, 8)
    if (!cover(pool, range)) return 0;
  }
  copy(pool, sequence, data);
  if (is_early) {
    early_.add(range);
    return 0;
  }
  const u32 end = early_.advance(range.end);
  const u32 became_ready = end - next_;
  next_ = end;
  return became_ready;
}

template <u32 Window, u32 BlockBytes>
std::span<const u8> ReceiveQueue<Window, BlockBytes>::peek(const BlockPool& pool) const {
  if (ready() == 0) return {};
  const u32 offset = (read_ - origin_) % BlockBytes;
  const u32 room = BlockBytes - offset;
  return {pool.at(block_of(read_)) + offset, ready() < room ? ready() : room};
}

template <u32 Window, u32 BlockBytes>
void ReceiveQueue<Window, BlockBytes>::consume(BlockPool& pool, u32 count) {
  u16& b = block_of(read_);
  read_ += count;
  if (ready() == 0 && !gaps()) return drop(pool);
  const bool left = (read_ - origin_) % BlockBytes == 0;
  // The block's lower part may hold the window's last bytes already.
  const bool reused = early_.highest(next_) - read_ > Window - BlockBytes;
  if (!left || reused) return;
  pool.give_back(b);
  b = BlockPool::kNoBlock;
}

}  // namespace tcp
