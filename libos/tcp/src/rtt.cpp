// SPDX-License-Identifier: MIT
#include "tcp/rtt.hpp"

namespace tcp {
namespace {

u64 clamp(u64 value, u64 least, u64 most) { return value < least ? least : value > most ? most : value; }

}  // namespace

void RttEstimator::reset(const Settings& settings) {
  timeout_ = settings.rto_initial;
  smoothed_ = variation_ = 0;
  timing_ = trusted_ = false;
}

void RttEstimator::sent(u64 now, u32 end) {
  if (timing_) return;
  timing_ = trusted_ = true;
  began_ = now;
  end_ = end;
}

void RttEstimator::acknowledged(u64 now, u32 ack, u64 echo_age, const Settings& settings) {
  if (!timing_ || before(ack, end_)) return;
  timing_ = false;
  if (trusted_) {
    sample(now - began_, settings);
  } else if (echo_age != kForever) {
    sample(echo_age, settings);
  }
}

void RttEstimator::sample(u64 time, const Settings& settings) {
  if (smoothed_ == 0) {  // RFC 6298, 2.2
    smoothed_ = time;
    variation_ = time / 2;
  } else {  // 2.3
    const u64 error = time > smoothed_ ? time - smoothed_ : smoothed_ - time;
    variation_ = variation_ - variation_ / 4 + error / 4;
    smoothed_ = smoothed_ - smoothed_ / 8 + time / 8;
  }
  if (smoothed_ == 0) smoothed_ = 1;  // 0 means "no sample yet"
  timeout_ = clamp(smoothed_ + 4 * variation_, settings.rto_min, settings.rto_max);
}

void RttEstimator::back_off(const Settings& settings) { timeout_ = clamp(2 * timeout_, 0, settings.rto_max); }

}  // namespace tcp
