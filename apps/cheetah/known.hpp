// SPDX-License-Identifier: MIT
// Known: whole requests whose bytes were seen before, and which file they meant. A client asks with the same
// bytes again and again, and what bytes mean never changes while the site does not: comparing them costs a
// tenth of reading them. Only plain successful requests for a whole file are kept, a few of them.
#pragma once
#include <span>
#include <string_view>

#include "http/encoding.hpp"

namespace cheetah {

using namespace abi;

inline constexpr u32 kKnownBytes = 488;  // of a request; longer ones are not kept
inline constexpr u32 kKnown = 32;        // requests

struct KnownRequest {
  u32 length;  // 0: free
  u32 file;
  bool keep_alive;
  bool chosen;  // the file stands for another, by Accept-Encoding
  u8 minor;     // of the version
  u8 zero[5];
  u64 hash;
  u8 text[kKnownBytes];
};
static_assert(sizeof(KnownRequest) == 512);

class Known {
 public:
  // The request that these bytes are, all of them and nothing else; nullptr: not known.
  const KnownRequest* find(std::span<const u8> bytes) const {
    if (bytes.size() > kKnownBytes) return nullptr;
    const u64 hash = hash_of(bytes);
    const KnownRequest& known = table_[hash >> kShift];
    if (known.hash != hash || known.length != bytes.size()) return nullptr;
    return same(known.text, bytes) ? &known : nullptr;
  }
  void keep(std::span<const u8> bytes, u32 file, bool keep_alive, bool chosen, u8 minor) {
    if (bytes.empty() || bytes.size() > kKnownBytes) return;
    const u64 hash = hash_of(bytes);
    KnownRequest& known = table_[hash >> kShift];
    known.length = static_cast<u32>(bytes.size());
    known.file = file;
    known.keep_alive = keep_alive;
    known.chosen = chosen;
    known.minor = minor;
    known.hash = hash;
    __builtin_memcpy(known.text, bytes.data(), bytes.size());
  }

 private:
  static constexpr u32 kShift = 59;
  static_assert(1u << (64 - kShift) == kKnown);
  static u64 word_at(const u8* p) {
    u64 word;
    __builtin_memcpy(&word, p, 8);
    return word;
  }
  // The last word overlaps the one before it; fewer than eight bytes are no request.
  static u64 hash_of(std::span<const u8> bytes) {
    constexpr u64 kSpread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
    if (bytes.size() < 8) return 0;
    u64 hash = bytes.size();
    for (u64 i = 0; i + 8 < bytes.size(); i += 8) hash = (hash ^ word_at(&bytes[i])) * kSpread;
    return (hash ^ word_at(bytes.data() + bytes.size() - 8)) * kSpread;
  }
  static bool same(const u8* text, std::span<const u8> bytes) {
    if (bytes.size() < 8) return false;
    u64 difference = 0;
    for (u64 i = 0; i + 8 < bytes.size(); i += 8) difference |= word_at(text + i) ^ word_at(&bytes[i]);
    const u64 last = bytes.size() - 8;
    return (difference | (word_at(text + last) ^ word_at(bytes.data() + last))) == 0;
  }

  KnownRequest table_[kKnown] = {};
};

}  // namespace cheetah
