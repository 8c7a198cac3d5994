// SPDX-License-Identifier: MIT
// The data: what must be in each word of each page after each round, so that a page that came back
// wrong, old, or as somebody else's is seen.
#pragma once
#include "abi/types.hpp"

namespace paging {
using namespace abi;

inline constexpr u32 kWords = kPageSize / sizeof(u64);
inline constexpr u32 kChanged = 4;  // one page in so many is written in every round

// The round in which `page` was last written before `round` begins; 0 if never.
constexpr u32 written_in(u32 page, u32 round) { return page % kChanged == 0 ? round - 1 : round > 1 ? 1 : 0; }
constexpr bool writes(u32 page, u32 round) { return round == 1 || page % kChanged == 0; }

constexpr u64 word_of(u64 seed, u32 page, u32 round, u32 word) {
  return (seed << 56 ^ static_cast<u64>(round) << 40 ^ static_cast<u64>(page) << 16 ^ word) *
         0x9e3779b97f4a7c15ul;
}

// Words of a page that are not what they must be; the page was written in `round`, or never (0).
inline u32 wrong_words(const u64* words, u64 seed, u32 page, u32 round) {
  u32 wrong = 0;
  for (u32 i = 0; i < kWords; i++) wrong += words[i] != (round == 0 ? 0 : word_of(seed, page, round, i));
  return wrong;
}

inline void write_words(u64* words, u64 seed, u32 page, u32 round) {
  for (u32 i = 0; i < kWords; i++) words[i] = word_of(seed, page, round, i);
}

}  // namespace paging
