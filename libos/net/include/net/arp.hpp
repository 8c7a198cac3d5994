// SPDX-License-Identifier: MIT
// ArpCache: what is known of the neighbours' station addresses (RFC 826; for IPv6, RFC 4861), as a
// bounded table. It decides nothing and sends nothing: Stack asks, answers and ages; the cache finds,
// makes room and keeps the few packets that wait for an answer.
#pragma once
#include "net/ip_address.hpp"

namespace net {

inline constexpr u32 kNeighbours = 32;     // entries; the one used least recently makes room
inline constexpr u32 kHeldPackets = 4;     // per neighbour, packets that wait for its answer
inline constexpr u32 kArpTries = 4;        // questions before a neighbour is given up
inline constexpr u64 kArpRetry = kSecond;  // between questions (RFC 1122, 2.3.2.1: at most one a second)
inline constexpr u64 kArpFresh = 120 * kSecond;  // how long an answer is believed without asking again

// A packet that waits: wholly in a buffer of the link.
struct HeldPacket {
  u8* buffer = nullptr;
  u32 length = 0;
};

struct Neighbour {
  enum class State : u8 {
    Free,
    Asking,  // mac not known; `held` wait for it
    Known,
    Stale,  // mac is still used while it is asked for again
  };
  IpAddress address = {};
  Mac mac;
  State state = State::Free;
  u8 tries = 0;  // questions asked since Known
  u8 held_count = 0;
  u64 deadline = 0;  // next question, or end of Known
  u64 used = 0;      // when a packet last went to it
  HeldPacket held[kHeldPackets];

  bool usable() const { return state == State::Known || state == State::Stale; }
};

class ArpCache {
 public:
  Neighbour* find(IpAddress address);
  // An entry for a new neighbour, to be filled by the caller. It may still hold
  // packets of the neighbour that had to go: the caller drops those first.
  Neighbour& claim();
  // The earliest deadline of all entries, kForever when there is none.
  u64 next_deadline() const;
  Neighbour& at(u32 index) { return entries_[index]; }
  u32 index(const Neighbour& n) const { return static_cast<u32>(&n - entries_); }
  Neighbour* begin() { return entries_; }
  Neighbour* end() { return entries_ + kNeighbours; }

 private:
  Neighbour entries_[kNeighbours];
  u32 last_ = 0;  // found last
};

}  // namespace net
