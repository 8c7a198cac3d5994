// SPDX-License-Identifier: MIT
#include "tcp/rtt.hpp"

namespace tcp {
namespace {

u64 clamp(u64 value, u64 least, u64 most) { return value < least ? least : value > most ? most : value; }

}  // namespace

void RttEstimator::reset(const Options& options) {
  timeout_ = options.rto_initial;
  smoothed_ = variation_ = 0;
  timing_ = false;
}

void RttEstimator::sent(u64 now, u32 end) {
  if (timing_) return;
  timing_ = true;
  began_ = now;
  end_ = end;
}

void RttEstimator::acknowledged(u64 now, u32 ack, const Options& options) {
  if (!timing_ || before(ack, end_)) return;
  timing_ = false;
  const u64 sample = now - began_;
  if (smoothed_ == 0) {  // RFC 6298, 2.2
    smoothed_ = sample;
    variation_ = sample / 2;
  } else {  // 2.3
    const u64 error = sample > smoothed_ ? sample - smoothed_ : smoothed_ - sample;
    variation_ = variation_ - variation_ / 4 + error / 4;
    smoothed_ = smoothed_ - smoothed_ / 8 + sample / 8;
  }
  if (smoothed_ == 0) smoothed_ = 1;  // 0 means "no sample yet"
  timeout_ = clamp(smoothed_ + 4 * variation_, options.rto_min, options.rto_max);
}

void RttEstimator::back_off(const Options& options) { timeout_ = clamp(2 * timeout_, 0, options.rto_max); }

}  // namespace tcp
