// SPDX-License-Identifier: MIT
// Crowd: many bindings with a filter each, "udp dst port P" for different P, or programs of several shapes
// in turn, that one among them (filters of one shape are found together, kernel/core/demux.hpp). A few are
// this environment's own; most belong to holders, copies of the program that bind and then sleep, since a
// capability table has not that many slots.
#pragma once
#include "apps/bench/wire.hpp"

namespace bench {

class Crowd {
 public:
  explicit constexpr Crowd(u32 shapes) : shapes_(shapes) {}
  // Until there are `count`; fewer where the kernel or the quota has no more room. The youngest is always
  // this environment's, and "udp dst port P".
  Status grow(u32 count);
  Status leave();  // all of them
  u32 size() const { return size_; }
  Ring& youngest() { return rings_[own_ - 1]; }
  u16 port() const { return youngest_port_; }  // of the youngest

 private:
  static constexpr u32 kMostOwn = 24;
  static constexpr u32 kMostHolders = 12;

  Status add_own();
  Status add_holder(u32 count);

  u32 shapes_;
  u32 size_ = 0;
  u32 own_ = 0;
  u32 holders_ = 0;
  bool full_ = false;
  u16 youngest_port_ = 0;
  Ring rings_[kMostOwn];
};

// What a holder runs, and its arguments: then its first port, how many, and of how many shapes.
inline constexpr char kHolderArgs[] = "holder";
[[noreturn]] void run_holder(const core::StartInfo& start);

}  // namespace bench
