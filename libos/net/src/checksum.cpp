// SPDX-License-Identifier: MIT
#include "net/checksum.hpp"

#include "base/memory.hpp"

namespace net {
namespace {

// The sum of 16-bit words in memory order may be taken in any word size (RFC 1071, 2): eight bytes at
// a time as two halves, so that no carry is lost below 2^32 rounds.
u64 sum_words(const u8* p, u64 length) {
  u64 sum = 0;
  for (; length >= 8; p += 8, length -= 8) {
    u64 word;
    memcpy(&word, p, 8);
    sum += (word >> 32) + (word & 0xffffffff);
  }
  for (; length >= 2; p += 2, length -= 2) {
    u16 word;
    memcpy(&word, p, 2);
    sum += word;
  }
  if (length > 0) sum += *p;  // the missing byte behind it is zero
  return sum;
}

u64 fold(u64 sum) {
  while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffff);
  return sum;
}

}  // namespace

void Checksum::add(std::span<const u8> data) {
  u64 part = sum_words(data.data(), data.size());
  if (odd_) {  // this piece begins in the upper byte of a word
    part = fold(part);
    part = (part >> 8 | part << 8) & 0xffff;
  }
  sum_ = fold(sum_) + part;
  odd_ = odd_ != (data.size() % 2 != 0);
}

void Checksum::add_pseudo_header(Address source, Address destination, u8 protocol, u32 length) {
  const u64 sum = u64{source.value >> 16} + (source.value & 0xffff) + (destination.value >> 16) +
                  (destination.value & 0xffff) + protocol + (length >> 16) + (length & 0xffff);
  const u64 folded = fold(sum);
  sum_ = fold(sum_) + ((folded >> 8 | folded << 8) & 0xffff);
}

u16 Checksum::finish() const {
  const u64 sum = fold(sum_);
  return static_cast<u16>(~(sum >> 8 | sum << 8));
}

}  // namespace net
