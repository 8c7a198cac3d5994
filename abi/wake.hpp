// SPDX-License-Identifier: MIT
// Wakeup predicates: a small program over words of the sleeper's own mapped memory (the ledger is
// mapped memory too), in the same classic BPF as packet filters, verified before it is kept.
#pragma once
#include "abi/net.hpp"

namespace abi {

inline constexpr u32 kMaxWakeWords = 8;
inline constexpr u32 kMaxWakeInsns = 32;

// Argument of sleep_until. The program sees the words as a packet of 8 * word_count bytes, each word
// big-endian: `ld [8 * i]` loads the high half of word i, `ld [8 * i + 4]` the low half. Not 0: wake.
struct WakePredicate {
  u64 words[kMaxWakeWords];  // addresses, 8-byte aligned; 0 behind the last
  u32 word_count;            // 1..kMaxWakeWords
  u32 length;                // instructions, 1..kMaxWakeInsns
  BpfInsn code[kMaxWakeInsns];
};
static_assert(sizeof(WakePredicate) == 328);

}  // namespace abi
