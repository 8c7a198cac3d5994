// SPDX-License-Identifier: MIT
// SlotList: connections in a row, by the numbers of their slots. Deadlines: when to look at which connection
// again, in rounds of a tenth of a second. Both keep their links in the connections' Exchanges, and what they
// do takes as long with ten thousand connections as with one.
#pragma once
#include "apps/cheetah/exchange.hpp"

namespace cheetah {

// `Member`: which link of an exchange. Slots has exchange(slot), as a Transport.
template <SlotLink Exchange::*Member>
class SlotList {
 public:
  bool empty() const { return first_ == 0; }
  u32 first() const { return first_ - 1; }  // if not empty
  template <class Slots>
  void append(Slots& slots, u32 slot) {
    slots.exchange(slot).*Member = {0, last_};
    (last_ != 0 ? (slots.exchange(last_ - 1).*Member).next : first_) = slot + 1;
    last_ = slot + 1;
  }
  // One that is in it.
  template <class Slots>
  void remove(Slots& slots, u32 slot) {
    const SlotLink link = slots.exchange(slot).*Member;
    (link.previous != 0 ? (slots.exchange(link.previous - 1).*Member).next : first_) = link.next;
    (link.next != 0 ? (slots.exchange(link.next - 1).*Member).previous : last_) = link.previous;
  }

 private:
  u32 first_ = 0, last_ = 0;  // slot + 1, 0: none
};

// A connection is looked at when its deadline may be over, and before, when that is far away or was put off.
class Deadlines {
 public:
  static constexpr u64 kTick = 100'000'000;

  // To be called whenever an exchange's deadline was set.
  template <class Slots>
  void set(Slots& slots, u32 slot) {
    Exchange& e = slots.exchange(slot);
    if (e.look_at != 0 && e.look_at <= e.deadline) return;
    remove(slots, slot);
    file(slots, slot, e);
  }
  // It has none any more.
  template <class Slots>
  void remove(Slots& slots, u32 slot) {
    Exchange& e = slots.exchange(slot);
    if (e.look_at == 0) return;
    list_of(e.look_at).remove(slots, slot);
    count_--;
    e.look_at = 0;
  }
  // Calls over(slot) for each whose deadline is over; it may set and remove any.
  template <class Slots, class Over>
  void advance(Slots& slots, u64 now, Over over) {
    const u64 until = now / kTick;
    if (until - tick_ > kRounds) tick_ = until - kRounds;  // each list once is enough
    while (tick_ < until) {
      List& list = lists_[++tick_ % kRounds];
      while (!list.empty()) look(slots, now, list.first(), over);
    }
    u64 tick = tick_ + 1;
    while (tick < tick_ + kRounds && lists_[tick % kRounds].empty()) tick++;
    next_ = tick * kTick;
  }
  // When to advance next; kForever: there is nobody.
  u64 next() const { return count_ == 0 ? kForever : next_; }

 private:
  using List = SlotList<&Exchange::due>;
  static constexpr u64 kRounds = 128;  // 12.8 seconds

  List& list_of(u64 at) { return lists_[at / kTick % kRounds]; }
  template <class Slots>
  void file(Slots& slots, u32 slot, Exchange& e) {
    const u64 furthest = tick_ + kRounds - 1;
    u64 tick = e.deadline / kTick + 1;  // not before it is over
    if (tick > furthest) tick = furthest;
    if (tick <= tick_) tick = tick_ + 1;
    e.look_at = tick * kTick;
    lists_[tick % kRounds].append(slots, slot);
    count_++;
    if (e.look_at < next_) next_ = e.look_at;
  }
  template <class Slots, class Over>
  void look(Slots& slots, u64 now, u32 slot, Over over) {
    Exchange& e = slots.exchange(slot);
    remove(slots, slot);
    if (e.deadline > now) return file(slots, slot, e);
    over(slot);
    if (e.phase != Phase::Free && e.look_at == 0) file(slots, slot, e);
  }

  u64 tick_ = 0;  // the lists up to here were gone through
  u64 next_ = 0;  // no list before this has anybody in it
  u32 count_ = 0;
  List lists_[kRounds];
};

}  // namespace cheetah
