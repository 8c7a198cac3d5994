// SPDX-License-Identifier: MIT
#include "tcp/send_queue.hpp"

namespace tcp {

bool SendQueue::push(const net::Piece& piece, u64 token) {
  if (room() == 0) return false;
  entries_[(first_ + acked_ + waiting_) % kSendPieces] = {piece, token};
  waiting_++;
  bytes_ += piece.length;
  return true;
}

void SendQueue::acknowledge(u32 count) {
  bytes_ -= count;
  head_offset_ += count;
  while (waiting_ > 0 && head_offset_ >= at(acked_).piece.length) {
    head_offset_ -= at(acked_).piece.length;
    acked_++;
    waiting_--;
  }
}

u64 SendQueue::pop_released() {
  const u64 token = entries_[first_].token;
  first_ = (first_ + 1) % kSendPieces;
  acked_--;
  return token;
}

void SendQueue::release_all() {
  acked_ += waiting_;
  waiting_ = head_offset_ = 0;
  bytes_ = 0;
}

SendQueue::Gathered SendQueue::gather(u64 offset, u32 length, std::span<net::Piece> out) const {
  Gathered result{0, 0};
  u64 skip = offset + head_offset_;
  for (u32 i = 0; i < waiting_ && result.pieces < out.size() && result.length < length; i++) {
    const net::Piece& piece = at(acked_ + i).piece;
    if (skip >= piece.length) {
      skip -= piece.length;
      continue;
    }
    const u32 begin = static_cast<u32>(skip);
    const u32 here = piece.length - begin;
    const u32 wanted = length - result.length;
    const u32 taken = here < wanted ? here : wanted;
    out[result.pieces++] = {piece.data + begin, taken};
    result.length += taken;
    skip = 0;
  }
  return result;
}

}  // namespace tcp
