// SPDX-License-Identifier: MIT
// What is in the frames: a pattern of their own each, so that a frame that somebody else writes to, or
// that comes with something in it, is seen.
#include "apps/fuzzer/shadow.hpp"

namespace fuzzer {

namespace {

constexpr u32 kWords = kPageSize / 8;
constexpr u32 kSamples = 6;

volatile u64* words_of(u32 index) { return reinterpret_cast<volatile u64*>(view_address(index)); }

u64 word_of(u64 pattern, u32 word) { return pattern == 0 ? 0 : pattern + word * 0x100000001b3; }

void check_word(u32 index, u32 word) {
  const u64 found = words_of(index)[word];
  if (found != word_of(shadow.frames[index].pattern, word)) fail("a frame has other contents", found);
}

}  // namespace

void fill(u32 index) {
  Frame& f = shadow.frames[index];
  f.pattern = run.random.next() | 1;
  f.known = true;
  for (u32 w = 0; w < kWords; w++) words_of(index)[w] = word_of(f.pattern, w);
}

void check(u32 index) {
  const Frame& f = shadow.frames[index];
  if (!f.known || !f.viewed) return;
  const bool all = run.random.one_in(8);
  for (u32 i = 0; i < (all ? kWords : kSamples); i++) check_word(index, all ? i : run.random.below(kWords));
}

void check_zero(u32 index) {
  for (u32 w = 0; w < kWords; w++)
    if (words_of(index)[w] != 0) fail("a new frame is not empty", words_of(index)[w]);
}

}  // namespace fuzzer
