// SPDX-License-Identifier: MIT
// Wheel: many deadlines, of which most are moved before they come (Varghese and Lauck 1987). Setting,
// moving and clearing take constant time; advancing costs what is due. Deadlines are kept to a
// millisecond: none goes off early, and none later than the next advance after it.
#pragma once
#include "net/types.hpp"

namespace tcp {

using namespace abi;

// What is in a wheel derives from it. Zero: in none.
struct TimerLink {
  TimerLink* next;
  TimerLink* previous;
  u64 at;     // tick at which it is due
  u16 place;  // slot + 1; 0: not in the wheel
};

class Wheel {
 public:
  static constexpr u64 kTick = net::kMillisecond;

  void start(u64 now) { current_ = now / kTick; }
  // Goes off at or after `at`; moves it if it is in the wheel. kForever is never.
  void set(TimerLink& link, u64 at);
  void clear(TimerLink& link);
  // Calls `due(link)` for each that is due, after it was taken out. `due` may set and clear any.
  template <class Due>
  void advance(u64 now, Due due) {
    const u64 until = now / kTick;
    while (TimerLink* link = pop(until)) due(*link);
  }
  // When to advance next, at the latest: never after the first deadline. kForever: nothing is set.
  u64 next() const { return first_ == kForever ? kForever : first_ * kTick; }

 private:
  static constexpr u32 kBits = 6, kSlots = 1 << kBits, kLevels = 5;  // 2^30 ms: twelve days
  // What lies further away is filed this far, and again when that comes.
  static constexpr u64 kMost = (u64{kSlots - 1} << (kBits * (kLevels - 1))) - 1;

  void file(TimerLink& link);
  void refile_slot(u32 level, u32 slot);
  bool empty() const;
  TimerLink* pop(u64 until) {
    if (until >= first_) return pop_due(until);
    if (until > current_) current_ = until;
    return nullptr;
  }
  TimerLink* pop_due(u64 until);
  // The start of the first slot at or after the current tick that has something; kForever: none.
  u64 first_start(u32& level, u32& slot) const;

  u64 current_ = 0;       // tick up to which all has gone off
  u64 first_ = kForever;  // no slot that has something starts before; kForever: nothing is set
  u64 occupied_[kLevels] = {};
  TimerLink* slot_[kLevels * kSlots] = {};
};

}  // namespace tcp
