// SPDX-License-Identifier: MIT
// The words of `args`: policy, MiB, rounds.
#pragma once
#include "pager/space.hpp"

namespace paging {
using namespace abi;

struct Arguments {
  enum class Policy : u32 { Unknown, Lru, Cyclic, Keep };
  Policy policy = Policy::Unknown;  // Unknown also when something else is wrong
  u32 pages = 0;
  u32 rounds = 0;
};

namespace arguments {

// Takes `word` and the blank behind it off the front of `text`.
constexpr bool take_word(const char*& text, const char* word) {
  const char* at = text;
  for (; *word != 0; word++, at++)
    if (*at != *word) return false;
  if (*at != ' ') return false;
  text = at + 1;
  return true;
}

// A decimal number up to 4095 and the blank behind it, or the end; 0 if it is none.
constexpr u32 take_number(const char*& text) {
  u32 value = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    value = value * 10 + static_cast<u32>(*text - '0');
    if (value > 4095) return 0;
  }
  if (*text == ' ') text++;
  return value;
}

}  // namespace arguments

constexpr Arguments parse_arguments(const char* text) {
  using namespace arguments;
  Arguments given;
  const auto policy = take_word(text, "lru")      ? Arguments::Policy::Lru
                      : take_word(text, "cyclic") ? Arguments::Policy::Cyclic
                      : take_word(text, "keep")   ? Arguments::Policy::Keep
                                                  : Arguments::Policy::Unknown;
  given.pages = take_number(text) << (20 - kPageShift);
  given.rounds = take_number(text);
  if (given.pages != 0 && given.pages <= pager::Space::kMostPages && given.rounds != 0 && *text == 0)
    given.policy = policy;
  return given;
}

}  // namespace paging
