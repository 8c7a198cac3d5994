// SPDX-License-Identifier: MIT
#include "apps/root/slice_plan.hpp"

namespace root {

bool SlicePlan::add(const Claim& claim) {
  if (count_ == kMaxClaims || claim.count == 0) return false;
  claims_[count_++] = claim;
  return true;
}

void SlicePlan::place() {
  for (u16& p : positions_) p = kNoEnv;
  cut_to_fit();
  for (u32 i = 0; i < count_; i++)
    if (!claims_[i].spread && !place_together(claims_[i])) claims_[i].spread = true;
  for (u32 i = 0; i < count_; i++)
    if (claims_[i].spread) place_apart(claims_[i]);
}

u32 SlicePlan::share(u16 env) const {
  u32 n = 0;
  for (const u16 p : positions_)
    if (p == env) n++;
  return n;
}

// Cuts every claim in proportion, and then the largest ones by one, until all fit.
void SlicePlan::cut_to_fit() {
  u64 wanted = 0;
  for (u32 i = 0; i < count_; i++) wanted += claims_[i].count;
  if (wanted <= kSlicePositions) return;
  u64 total = 0;
  for (u32 i = 0; i < count_; i++) {
    const u64 cut = claims_[i].count * u64{kSlicePositions} / wanted;
    claims_[i].count = cut == 0 ? 1 : static_cast<u32>(cut);
    total += claims_[i].count;
  }
  for (; total > kSlicePositions; total--) {
    Claim* largest = &claims_[0];
    for (u32 i = 1; i < count_; i++)
      if (claims_[i].count > largest->count) largest = &claims_[i];
    largest->count--;
  }
}

// First run that is free and long enough.
bool SlicePlan::place_together(const Claim& claim) {
  u32 run = 0;
  for (u32 i = 0; i < kSlicePositions; i++) {
    run = positions_[i] == kNoEnv ? run + 1 : 0;
    if (run < claim.count) continue;
    for (u32 k = 0; k < claim.count; k++) positions_[i - k] = claim.env;
    return true;
  }
  return false;
}

// The free position next behind each of `count` evenly spaced ones.
void SlicePlan::place_apart(const Claim& claim) {
  for (u32 n = 0; n < claim.count; n++) {
    u32 at = n * kSlicePositions / claim.count;
    for (u32 tries = 0; positions_[at] != kNoEnv && tries < kSlicePositions; tries++)
      at = (at + 1) % kSlicePositions;
    if (positions_[at] == kNoEnv) positions_[at] = claim.env;
  }
}

}  // namespace root
