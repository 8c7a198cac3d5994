// SPDX-License-Identifier: MIT
// SlicePlan: who gets which positions of a CPU's slice vector. Root's policy, pure: claims in, vector
// out. What several claims cannot all have is cut in proportion, but nobody is left with nothing.
#pragma once
#include <span>

#include "abi/slice.hpp"

namespace root {
using namespace abi;

// What one environment wants of one CPU.
struct Claim {
  u16 env;      // any number but kNoEnv
  u32 count;    // positions, > 0
  bool spread;  // as far apart as possible; else next to each other
};

inline constexpr u32 kMaxClaims = 48;  // on one CPU

class SlicePlan {
 public:
  // False: kMaxClaims are there already, or as many claims as positions.
  bool add(const Claim& claim);
  // Decides. Positions that nobody claimed are kNoEnv.
  void place();
  std::span<const u16> positions() const { return positions_; }
  u32 share(u16 env) const;

 private:
  void cut_to_fit();
  bool place_together(const Claim& claim);
  void place_apart(const Claim& claim);

  Claim claims_[kMaxClaims] = {};
  u32 count_ = 0;
  u16 positions_[kSlicePositions] = {};
};

}  // namespace root
