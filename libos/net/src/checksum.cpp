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

void make_sums(std::span<const u8> data, u16* sums) {
  u64 sum = 0;
  sums[0] = 0;
  for (u32 i = 1; i < sums_of(data.size()); i++) {
    sum = fold(sum + sum_words(&data[u64{i - 1} * kSumStep], kSumStep));
    sums[i] = static_cast<u16>(sum);
  }
}

// `part`: the sum of `length` bytes as if they began at an even place.
void Checksum::add_part(u64 part, u64 length) {
  if (odd_) {  // this piece begins in the upper byte of a word
    part = fold(part);
    part = (part >> 8 | part << 8) & 0xffff;
  }
  sum_ = fold(sum_) + part;
  odd_ = odd_ != (length % 2 != 0);
}

void Checksum::add(std::span<const u8> data) { add_part(sum_words(data.data(), data.size()), data.size()); }

void Checksum::add(const Piece& piece) {
  if (piece.sums == nullptr) return add(std::span(piece.data, piece.length));
  const u64 begin = static_cast<u64>(piece.data - piece.summed);
  const u64 end = begin + piece.length;
  const u64 first = (begin + kSumStep - 1) / kSumStep, last = end / kSumStep;
  if (first >= last) return add(std::span(piece.data, piece.length));
  add(std::span(piece.data, first * kSumStep - begin));
  // In ones' complement arithmetic to subtract is to add the complement.
  add_part(u64{piece.sums[last]} + static_cast<u16>(~piece.sums[first]), (last - first) * kSumStep);
  add(std::span(piece.summed + last * kSumStep, end - last * kSumStep));
}

void Checksum::add_pseudo_header(IpAddress source, IpAddress destination, u8 protocol, u32 length) {
  u64 sum = u64{protocol} + (length >> 16) + (length & 0xffff);
  // The 0xffff of a mapped address adds nothing: it is the other zero.
  for (const u64 word : {source.high(), source.low(), destination.high(), destination.low()})
    sum += (word >> 48) + (word >> 32 & 0xffff) + (word >> 16 & 0xffff) + (word & 0xffff);
  const u64 folded = fold(sum);
  sum_ = fold(sum_) + ((folded >> 8 | folded << 8) & 0xffff);
}

u16 Checksum::finish() const {
  const u64 sum = fold(sum_);
  return static_cast<u16>(~(sum >> 8 | sum << 8));
}

}  // namespace net
