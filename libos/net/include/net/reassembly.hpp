// SPDX-License-Identifier: MIT
// Reassembly: puts fragments of IP packets together (RFC 791, 3.2; RFC 8200, 4.5), within fixed memory.
// Who overlaps what is there already loses the whole packet (RFC 5722), for IPv4 too: no honest sender
// does that.
#pragma once
#include <optional>
#include <span>

#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kReassemblies = 4;               // packets at a time; the oldest makes room
inline constexpr u32 kMaxDatagram = 8192;             // bytes behind the IP header
inline constexpr u64 kReassemblyTime = 60 * kSecond;  // RFC 8200, 4.5; RFC 1122, 3.3.2

struct Fragment {
  IpAddress source, destination;
  u32 id;
  u8 protocol;
  bool more;   // it is not the last one
  u32 offset;  // bytes, a multiple of 8
  std::span<const u8> data;
};

class Reassembly {
 public:
  // The whole payload if this was what was missing; valid until the next call.
  std::optional<std::span<const u8>> add(u64 now, const Fragment& fragment);
  // Forgets what took too long.
  void expire(u64 now);
  u64 next_deadline() const;  // when something will have taken too long, kForever: nothing waits
  u32 waiting() const;

 private:
  static constexpr u32 kRanges = 16;
  struct Range {
    u32 begin, end;
  };
  struct Packet {
    IpAddress source, destination;
    u32 id;
    u8 protocol;
    bool used;
    u32 length;  // 0: the last fragment is not here yet
    u32 ranges;
    Range range[kRanges];
    u64 until;
    u8 data[kMaxDatagram];
  };
  enum class Entered : u8 { Yes, Again, Wrong };

  Packet& find(u64 now, const Fragment& fragment);
  static Entered enter(Packet& packet, Range range);

  Packet packets_[kReassemblies] = {};
};

}  // namespace net
