// SPDX-License-Identifier: MIT
// Where the Exchange of a connection lies: InBlock, in the connection's TCP control block, which is one
// allocation and needs no way from one to the other; InPool, apart, as in a server on a TCP that is not its
// own: the control block says where. The program `cheetah` has the first. `cheetah-apart` has the second and
// is otherwise the same: a bench shows with it what the first is worth.
#pragma once
#include <span>

#include "apps/cheetah/exchange.hpp"

namespace cheetah {

// Both: Attachment is a member of each control block, all zero in a new one. enter() when the server is to
// know the connection. When it knows it no more: leave() if the control block is still there, and in any case
// give_back() of what place_of() answered while it was.
class InBlock {
 public:
  using Attachment = Exchange;
  static constexpr u64 exchanges(u32) { return 0; }  // that start() needs for so many connections
  void start(std::span<Exchange>) {}
  Exchange& exchange(Attachment& attachment) { return attachment; }
  void enter(Attachment&) {}
  static u32 place_of(const Attachment&) { return 0; }
  static void leave(Attachment&) {}
  void give_back(u32) {}
};

// The cheapest pool there is: the exchanges that were given back are a list through themselves, the last one
// first. What nobody uses is zero but for that link, so that it is of no connection to who looks at it.
class InPool {
 public:
  struct Attachment {
    u32 place;  // 0: the connection is not the server's
  };
  static constexpr u64 exchanges(u32 connections) { return u64{connections} + 1; }
  // `memory`: exchanges() of them, zero. Number 0 is nobody's.
  void start(std::span<Exchange> memory) { memory_ = memory; }
  Exchange& exchange(Attachment& attachment) { return memory_[attachment.place]; }
  // There must be fewer that have entered and not left than connections.
  void enter(Attachment& attachment) {
    u32 place = free_;
    if (place != 0) {
      free_ = memory_[place].file;
      memory_[place].file = 0;
    } else {
      place = ++fresh_;
    }
    attachment.place = place;
  }
  static u32 place_of(const Attachment& attachment) { return attachment.place; }
  static void leave(Attachment& attachment) { attachment.place = 0; }
  void give_back(u32 place) {
    if (place == 0) return;
    memory_[place] = Exchange{};
    memory_[place].file = free_;
    free_ = place;
  }

 private:
  std::span<Exchange> memory_;
  u32 free_ = 0;   // number, 0: none
  u32 fresh_ = 0;  // numbers above this were never used
};

#ifdef CHEETAH_APART
using Exchanges = InPool;
#else
using Exchanges = InBlock;
#endif

}  // namespace cheetah
