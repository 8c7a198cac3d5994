// SPDX-License-Identifier: MIT
#include "tcp/send_queue.hpp"

namespace tcp {

void SendPool::start(std::span<SendEntry> entries) {
  entries_ = entries;
  free_ = static_cast<u32>(entries.size());
  first_ = fresh_ = 0;
}

u32 SendPool::take() {
  if (free_ == 0) return 0;
  free_--;
  const u32 number = first_;
  if (number == 0) return ++fresh_;
  first_ = at(number).next;
  return number;
}

void SendPool::give_back(u32 number) {
  at(number).next = first_;
  first_ = number;
  free_++;
}

bool SendQueue::push(SendPool& pool, const net::Piece& piece, u64 token) {
  const u32 number = pool.take();
  if (number == 0) return false;
  pool.at(number) = {piece, token, 0};
  if (last_ != 0) {
    pool.at(last_).next = number;
  } else {
    first_ = number;
  }
  last_ = number;
  count_++;
  bytes_ += piece.length;
  return true;
}

void SendQueue::acknowledge(u32 count) {
  bytes_ -= count;
  head_offset_ += count;
}

bool SendQueue::has_released(const SendPool& pool) const {
  return first_ != 0 && head_offset_ >= pool.at(first_).piece.length;
}

u64 SendQueue::pop_released(SendPool& pool) {
  const u32 number = first_;
  const SendEntry& entry = pool.at(number);
  const u64 token = entry.token;
  head_offset_ -= entry.piece.length;
  first_ = entry.next;
  if (first_ == 0) last_ = 0;
  count_--;
  pool.give_back(number);
  return token;
}

void SendQueue::release_all() {
  head_offset_ += bytes_;
  bytes_ = 0;
}

SendQueue::Gathered SendQueue::gather(const SendPool& pool, u64 offset, u32 length,
                                      std::span<net::Piece> out) const {
  Gathered result{0, 0};
  u64 skip = offset + head_offset_;
  for (u32 n = first_; n != 0 && result.pieces < out.size() && result.length < length; n = pool.at(n).next) {
    const net::Piece& piece = pool.at(n).piece;
    if (skip >= piece.length) {
      skip -= piece.length;
      continue;
    }
    const u32 begin = static_cast<u32>(skip);
    const u32 here = piece.length - begin;
    const u32 wanted = length - result.length;
    const u32 taken = here < wanted ? here : wanted;
    out[result.pieces++] = {piece.data + begin, taken, piece.sums, piece.summed};
    result.length += taken;
    skip = 0;
  }
  return result;
}

}  // namespace tcp
