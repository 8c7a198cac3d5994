// SPDX-License-Identifier: MIT
// Scoreboard: what the peer has beyond the cumulative acknowledgement, as it told by SACK (RFC 2018),
// and what follows for what is lost and what is still in the network (RFC 6675). A few ranges; when
// there are more, the lowest are forgotten, which costs a needless retransmission at worst.
#pragma once
#include "tcp/sequence.hpp"

namespace tcp {

inline constexpr u32 kDuplicates = 3;  // DupThresh

template <u32 Ranges>
class Scoreboard {
 public:
  void reset() { count_ = 0; }
  bool empty() const { return count_ == 0; }
  u32 highest() const { return range_[count_ - 1].end; }  // if not empty

  // The peer has `block`, una < begin < end <= max. How many bytes of it are news.
  u32 add(Range block);
  // Everything before `una` is acknowledged.
  void acknowledge(u32 una);

  // Bytes that the peer has within `in`.
  u32 bytes(Range in) const;
  // The first hole at or after `from`: up to the next range, or to `end`.
  Range hole(u32 from, u32 end) const;
  // What the peer does not have before this is lost (RFC 6675, IsLost): kDuplicates ranges or more than
  // kDuplicates - 1 segments lie above. `una` if nothing is.
  u32 lost_before(u32 una, u32 mss) const;

 private:
  void remove(u32 from, u32 count);

  Range range_[Ranges];  // sorted, apart from each other
  u32 count_;
};

template <u32 Ranges>
void Scoreboard<Ranges>::remove(u32 from, u32 count) {
  for (u32 i = from + count; i < count_; i++) range_[i - count] = range_[i];
  count_ -= count;
}

template <u32 Ranges>
u32 Scoreboard<Ranges>::add(Range block) {
  const u32 known = bytes(block);
  const u32 news = block.length() - known;
  if (news == 0) return 0;
  u32 from = 0;
  while (from < count_ && before(range_[from].end, block.begin)) from++;
  u32 to = from;  // [from, to) touch the block
  for (; to < count_ && !before(block.end, range_[to].begin); to++)
    block = {earlier(block.begin, range_[to].begin), later(block.end, range_[to].end)};
  if (to > from) {
    range_[from] = block;
    remove(from + 1, to - from - 1);
    return news;
  }
  if (count_ == Ranges) {
    if (from == 0) return 0;
    remove(0, 1);
    from--;
  }
  for (u32 i = count_++; i > from; i--) range_[i] = range_[i - 1];
  range_[from] = block;
  return news;
}

template <u32 Ranges>
void Scoreboard<Ranges>::acknowledge(u32 una) {
  u32 gone = 0;
  while (gone < count_ && !after(range_[gone].end, una)) gone++;
  if (gone > 0) remove(0, gone);
  if (count_ > 0 && before(range_[0].begin, una)) range_[0].begin = una;
}

template <u32 Ranges>
u32 Scoreboard<Ranges>::bytes(Range in) const {
  u32 sum = 0;
  for (u32 i = 0; i < count_; i++) {
    const Range both{later(in.begin, range_[i].begin), earlier(in.end, range_[i].end)};
    if (before(both.begin, both.end)) sum += both.length();
  }
  return sum;
}

template <u32 Ranges>
Range Scoreboard<Ranges>::hole(u32 from, u32 end) const {
  for (u32 i = 0; i < count_; i++) {
    if (before(from, range_[i].begin)) return {from, later(from, earlier(range_[i].begin, end))};
    from = later(from, range_[i].end);
  }
  return {from, later(from, end)};
}

template <u32 Ranges>
u32 Scoreboard<Ranges>::lost_before(u32 una, u32 mss) const {
  u32 above = 0;
  for (u32 i = count_; i-- > 0;) {
    above += range_[i].length();
    if (count_ - i >= kDuplicates || above > (kDuplicates - 1) * mss) return range_[i].begin;
  }
  return una;
}

}  // namespace tcp
