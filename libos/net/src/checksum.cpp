// SPDX-License-Identifier: MIT
#include "net/checksum.hpp"

namespace net {
namespace {

// The T at `p`, which need not be aligned. The builtin, since memcpy is a call here.
template <class T>
u64 load(const u8* p) {
  T word;
  __builtin_memcpy(&word, p, sizeof word);
  return word;
}

u64 fold(u64 sum) {
  while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffff);
  return sum;
}

// a + b, with what is carried out of bit 63 carried in at bit 0: 2^64 is 1 here, as are 2^32 and 2^16.
u64 add_around(u64 a, u64 b) {
  u64 sum;
  const bool carry = __builtin_add_overflow(a, b, &sum);
  return sum + carry;
}

// The sum of 16-bit words in memory order may be taken in any word size (RFC 1071, 2): eight bytes at
// a time. At most 2^33.
u64 sum_words(const u8* p, u64 length) {
  u64 sum = 0;
  for (; length >= 64; p += 64, length -= 64) {
    sum = add_around(sum, load<u64>(p));
    sum = add_around(sum, load<u64>(p + 8));
    sum = add_around(sum, load<u64>(p + 16));
    sum = add_around(sum, load<u64>(p + 24));
    sum = add_around(sum, load<u64>(p + 32));
    sum = add_around(sum, load<u64>(p + 40));
    sum = add_around(sum, load<u64>(p + 48));
    sum = add_around(sum, load<u64>(p + 56));
  }
  for (; length >= 8; p += 8, length -= 8) sum = add_around(sum, load<u64>(p));
  u64 rest = 0;
  if ((length & 4) != 0) rest += load<u32>(p), p += 4;
  if ((length & 2) != 0) rest += load<u16>(p), p += 2;
  if ((length & 1) != 0) rest += *p;  // the missing byte behind it is zero
  sum = add_around(sum, rest);
  return (sum >> 32) + (sum & 0xffffffff);
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
  // The 0xffff of a mapped address adds nothing: it is the other zero.
  u64 sum = add_around(source.high(), source.low());
  sum = add_around(add_around(sum, destination.high()), destination.low());
  const u64 folded = fold(add_around(sum, u64{protocol} + length));
  sum_ = fold(sum_) + ((folded >> 8 | folded << 8) & 0xffff);
}

u16 Checksum::finish() const {
  const u64 sum = fold(sum_);
  return static_cast<u16>(~(sum >> 8 | sum << 8));
}

}  // namespace net
