// SPDX-License-Identifier: MIT
#include "tcp/receive_buffer.hpp"

#include "base/memory.hpp"

namespace tcp {

void ReceiveBuffer::reset(u8* memory, u32 capacity, u32 next) {
  memory_ = memory;
  capacity_ = capacity;
  read_ = ready_ = ranges_ = 0;
  next_ = next;
}

// Puts bytes at their place in the ring; `sequence` lies in [next_, next_ + window()).
void ReceiveBuffer::copy(u32 sequence, std::span<const u8> data) {
  const u32 at = (read_ + ready_ + (sequence - next_)) & (capacity_ - 1);
  const u32 length = static_cast<u32>(data.size());
  const u32 first = length < capacity_ - at ? length : capacity_ - at;
  memcpy(memory_ + at, data.data(), first);
  if (length > first) memcpy(memory_, data.data() + first, length - first);
}

// Enters [begin, end) among the early ranges, joining what touches. False: no room for one more.
bool ReceiveBuffer::remember(u32 begin, u32 end) {
  u32 from = 0;
  while (from < ranges_ && before(range_[from].end, begin)) from++;
  u32 to = from;  // [from, to) touch the new one
  while (to < ranges_ && !before(end, range_[to].begin)) {
    if (before(range_[to].begin, begin)) begin = range_[to].begin;
    end = later(end, range_[to].end);
    to++;
  }
  if (to == from) {
    if (ranges_ == kEarlyRanges) return false;
    for (u32 i = ranges_++; i > from; i--) range_[i] = range_[i - 1];
  } else {
    const u32 joined = to - from - 1;
    for (u32 i = to; i < ranges_; i++) range_[i - joined] = range_[i];
    ranges_ -= joined;
  }
  range_[from] = {begin, end};
  return true;
}

u32 ReceiveBuffer::insert(u32 sequence, std::span<const u8> data) {
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
  const u32 end = sequence + static_cast<u32>(data.size());
  if (!remember(sequence, end)) return 0;
  copy(sequence, data);
  if (range_[0].begin != next_) return 0;
  const u32 became_ready = range_[0].end - next_;
  next_ += became_ready;
  ready_ += became_ready;
  ranges_--;
  for (u32 i = 0; i < ranges_; i++) range_[i] = range_[i + 1];
  return became_ready;
}

std::span<const u8> ReceiveBuffer::peek() const {
  return {memory_ + read_, ready_ < capacity_ - read_ ? ready_ : capacity_ - read_};
}

void ReceiveBuffer::consume(u32 count) {
  read_ = (read_ + count) & (capacity_ - 1);
  ready_ -= count;
}

}  // namespace tcp
