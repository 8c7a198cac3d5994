// SPDX-License-Identifier: MIT
#include "tcp/wheel.hpp"

#include <bit>

namespace tcp {

void Wheel::set(TimerLink& link, u64 at) {
  if (at == kForever) return clear(link);
  const u64 tick = (at + kTick - 1) / kTick;
  if (link.place != 0 && link.at == tick) return;
  clear(link);
  link.at = tick;
  file(link);
}

// Level n has slots of 64^n ticks. A deadline lies in the lowest level whose turn of 64 slots holds both
// it and the current tick; when the current tick comes to the slot, it is filed again, lower.
void Wheel::file(TimerLink& link) {
  u64 tick = link.at > current_ ? link.at : current_;
  if (tick - current_ > kMost) tick = current_ + kMost;
  u32 level = 0;
  while (level + 1 < kLevels && tick >> (kBits * (level + 1)) != current_ >> (kBits * (level + 1))) level++;
  const u32 slot = static_cast<u32>(tick >> (kBits * level)) % kSlots;
  TimerLink*& head = slot_[level * kSlots + slot];
  link.next = head;
  link.previous = nullptr;
  if (head != nullptr) head->previous = &link;
  head = &link;
  occupied_[level] |= u64{1} << slot;
  const u64 start = tick >> (kBits * level) << (kBits * level);
  if (start < first_) first_ = start > current_ ? start : current_;
  link.place = static_cast<u16>(level * kSlots + slot + 1);
}

void Wheel::clear(TimerLink& link) {
  if (link.place == 0) return;
  const u32 index = link.place - 1u;
  if (link.next != nullptr) link.next->previous = link.previous;
  if (link.previous != nullptr) {
    link.previous->next = link.next;
  } else {
    slot_[index] = link.next;
    if (link.next == nullptr) {
      occupied_[index / kSlots] &= ~(u64{1} << index % kSlots);
      if (empty()) first_ = kForever;
    }
  }
  link.place = 0;
}

u64 Wheel::first_start(u32& level, u32& slot) const {
  for (level = 0; level < kLevels; level++) {
    const u32 shift = kBits * level;
    const u64 now_slot = current_ >> shift;
    const u64 turned = std::rotr(occupied_[level], static_cast<int>(now_slot % kSlots));
    if (turned == 0) continue;
    const u64 found = now_slot + static_cast<u32>(std::countr_zero(turned));
    slot = static_cast<u32>(found % kSlots);
    const u64 start = found << shift;
    return start > current_ ? start : current_;
  }
  return kForever;
}

void Wheel::refile_slot(u32 level, u32 slot) {
  TimerLink* link = slot_[level * kSlots + slot];
  slot_[level * kSlots + slot] = nullptr;
  occupied_[level] &= ~(u64{1} << slot);
  while (link != nullptr) {
    TimerLink* next = link->next;
    file(*link);
    link = next;
  }
}

bool Wheel::empty() const {
  u64 any = 0;
  for (const u64 slots : occupied_) any |= slots;
  return any == 0;
}

TimerLink* Wheel::pop_due(u64 until) {
  for (;;) {
    u32 level = 0, slot = 0;
    const u64 start = first_start(level, slot);
    if (start > until) {
      first_ = start;
      if (until > current_) current_ = until;
      return nullptr;
    }
    current_ = start;
    TimerLink* link = slot_[level * kSlots + slot];
    if (level == 0) {
      clear(*link);
      return link;
    }
    refile_slot(level, slot);
  }
}

}  // namespace tcp
