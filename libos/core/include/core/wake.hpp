// SPDX-License-Identifier: MIT
// Builds wakeup predicates: "any of these words is not what it was, or has come this far". Programs of
// other kinds are written by hand (abi/wake.hpp).
#pragma once
#include "abi/wake.hpp"

namespace core {
using namespace abi;

class WakeWhen {
 public:
  constexpr WakeWhen() = default;
  // The word holds another value than `expected`. False: there is no room.
  bool differs(const volatile u64* word, u64 expected) { return differs_at(address(word), expected); }
  // The word is `value` or more, unsigned.
  bool at_least(const volatile u64* word, u64 value) { return at_least_at(address(word), value); }

  constexpr bool differs_at(u64 address, u64 expected) {
    if (!room(4)) return false;
    const u32 offset = add_word(address);
    add(kLoad, offset, 0, 0);
    add(kEqual, high(expected), kNext, kWake);
    add(kLoad, offset + 4, 0, 0);
    add(kEqual, low(expected), kNext, kWake);
    return true;
  }
  constexpr bool at_least_at(u64 address, u64 value) {
    if (!room(5)) return false;
    const u32 offset = add_word(address);
    add(kLoad, offset, 0, 0);
    add(kGreater, high(value), kWake, kNext);
    add(kEqual, high(value), kNext, 2);  // below: behind the low half
    add(kLoad, offset + 4, 0, 0);
    add(kGreaterOrEqual, low(value), kWake, kNext);
    return true;
  }
  // With at least one condition.
  constexpr WakePredicate predicate() const {
    WakePredicate done = built_;
    const u32 wake = done.length + 1;
    for (u32 i = 0; i < done.length; i++) {
      if (done.code[i].jt == kWake) done.code[i].jt = static_cast<u8>(wake - i - 1);
      if (done.code[i].jf == kWake) done.code[i].jf = static_cast<u8>(wake - i - 1);
    }
    done.code[done.length++] = {kReturn, 0, 0, 0};
    done.code[done.length++] = {kReturn, 0, 0, 1};
    return done;
  }

 private:
  static constexpr u16 kLoad = 0x20, kEqual = 0x15, kGreater = 0x25, kGreaterOrEqual = 0x35, kReturn = 0x06;
  static constexpr u8 kNext = 0, kWake = 0xff;

  static constexpr u32 high(u64 value) { return static_cast<u32>(value >> 32); }
  static constexpr u32 low(u64 value) { return static_cast<u32>(value); }
  static u64 address(const volatile u64* word) { return reinterpret_cast<u64>(word); }
  constexpr bool room(u32 count) const {
    return built_.word_count < kMaxWakeWords && built_.length + count + 2 <= kMaxWakeInsns;
  }
  constexpr u32 add_word(u64 address) {
    built_.words[built_.word_count] = address;
    return 8 * built_.word_count++;
  }
  constexpr void add(u16 code, u32 k, u8 jt, u8 jf) { built_.code[built_.length++] = {code, jt, jf, k}; }

  WakePredicate built_{};
};

}  // namespace core
