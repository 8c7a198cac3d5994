// SPDX-License-Identifier: MIT
// What CPUs may still remember: translations that were loaded and not flushed, each with the
// capabilities that it stood on. The core knows only clocks; this model knows the truth.
#pragma once
#include <array>
#include <map>
#include <set>
#include <vector>

#include "fixture.hpp"

namespace test {

class TlbModel {
 public:
  // The entry was there a moment ago, so CPU `cpu` may have loaded it, on the way there through an
  // entry that stands on `upper`.
  void load(u32 cpu, u32 table, u32 slot, u32 upper);
  void flush(u32 cpu);
  // A capability was made in this slot: another one than was there before.
  void made(u32 cap) { ids_[cap] = ++last_id_; }

  // nullptr, or a translation that outlived the frame's being its owner's.
  const char* check_frames() const;
  // Whether a CPU still has a translation that stood on a descendant of `cap`.
  bool has_descendant(u32 cap) const;

 private:
  struct Translation {
    u64 stamp;  // the frame's when it was loaded
    bool writable;
    std::set<u64> ancestors;  // of the capability, without itself
  };
  void add_ancestors(std::set<u64>& ids, u32 cap) const;

  std::array<std::multimap<u32, Translation>, 2> cpus_;
  std::map<u32, u64> ids_;
  u64 last_id_ = 0;
};

}  // namespace test
