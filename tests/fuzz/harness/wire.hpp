// SPDX-License-Identifier: MIT
// What the harnesses of the protocols share: a link that keeps count, a reader of the fuzzer's bytes, and
// packets with right checksums around whatever they chose.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "net/checksum.hpp"
#include "net/stack.hpp"

// What is freed stays unmapped for as many bytes as a few inputs allocate: with the 256 MB of the default
// nearly every allocation is a new page of the system's.
extern "C" inline const char* __asan_default_options() {
  return "quarantine_size_mb=4:malloc_context_size=6";
}

namespace fuzz {

using namespace abi;
using Bytes = std::vector<u8>;

// Where it is required is shown.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: does not hold\n", file, line);
  std::abort();
}

// Takes the input apart; behind its end all is zero.
class Reader {
 public:
  Reader(const u8* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  u8 byte() {
    if (rest_.empty()) return 0;
    const u8 value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  u16 half() { return static_cast<u16>(byte() << 8 | byte()); }
  u32 word() { return u32{half()} << 16 | half(); }
  Bytes bytes(std::size_t most) {
    const std::size_t count = most < rest_.size() ? most : rest_.size();
    Bytes result(rest_.begin(), rest_.begin() + static_cast<long>(count));
    rest_ = rest_.subspan(count);
    return result;
  }

 private:
  std::span<const u8> rest_;
};

// Buffers of exactly the size that was asked for; what is sent is kept.
class Wire {
 public:
  ~Wire() {
    for (u8* buffer : out_) delete[] buffer;
  }
  u8* take(u32 size) { return out_.size() < 200 ? *out_.insert(new u8[size]).first : nullptr; }
  void give_back(u8* buffer) {
    require(out_.erase(buffer) == 1);
    delete[] buffer;
  }
  bool send(u8* buffer, u32 length, std::span<const net::Piece> pieces) {
    Bytes frame(buffer, buffer + length);
    for (const net::Piece& piece : pieces) frame.insert(frame.end(), piece.data, piece.data + piece.length);
    give_back(buffer);
    require(frame.size() >= 14 && frame.size() <= 1514);
    sent.push_back(std::move(frame));
    return true;
  }
  std::size_t outstanding() const { return out_.size(); }
  std::vector<Bytes> sent;

 private:
  std::set<u8*> out_;
};

inline constexpr net::Mac kOurs{{2, 0, 0, 0, 0, 1}}, kTheirs{{2, 0, 0, 0, 0, 2}};
inline constexpr net::Address kOur4 = net::address(10, 0, 0, 1), kTheir4 = net::address(10, 0, 0, 2);
inline constexpr net::Address6 kOur6{0xfd00000000000000, 1}, kTheir6{0xfd00000000000000, 2};

inline void put(Bytes& to, u64 value, u32 count) {
  while (count-- > 0) to.push_back(static_cast<u8>(value >> 8 * count));
}

// Stores the checksum of `payload` at `at`, if it reaches that far.
inline void mend(Bytes& payload, std::size_t at, const net::Checksum& before) {
  if (payload.size() < at + 2) return;
  payload[at] = payload[at + 1] = 0;
  net::Checksum sum = before;
  sum.add(std::span<const u8>(payload));
  base::store_be16(&payload[at], sum.finish());
}

inline Bytes ethernet(u16 type, const Bytes& packet, const net::Mac& to = kOurs) {
  Bytes frame(to.bytes, to.bytes + 6);
  frame.insert(frame.end(), kTheirs.bytes, kTheirs.bytes + 6);
  put(frame, type, 2);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

inline Bytes ipv4(u8 protocol, const Bytes& payload, net::Address to = kOur4, u16 id = 0, u16 fragment = 0) {
  Bytes packet{0x45, 0};
  put(packet, 20 + payload.size(), 2);
  put(packet, id, 2);
  put(packet, fragment, 2);
  put(packet, u64{64} << 8 | protocol, 2);
  put(packet, 0, 2);
  put(packet, kTheir4.value, 4);
  put(packet, to.value, 4);
  mend(packet, 10, {});
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

inline Bytes ipv6(u8 next, const Bytes& payload, net::Address6 from = kTheir6, net::Address6 to = kOur6,
                  u8 hops = 255) {
  Bytes packet{0x60, 0, 0, 0};
  put(packet, payload.size(), 2);
  put(packet, u64{next} << 8 | hops, 2);
  for (const u64 half : {from.high, from.low, to.high, to.low}) put(packet, half, 8);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

inline net::Checksum pseudo(u8 protocol, const net::IpAddress& from, const net::IpAddress& to,
                            std::size_t length) {
  net::Checksum sum;
  sum.add_pseudo_header(from, to, protocol, static_cast<u32>(length));
  return sum;
}

}  // namespace fuzz
