// SPDX-License-Identifier: MIT
#include "core/time.hpp"

#include "core/start.hpp"

namespace core {

static constinit Clock the_clock;

bool start_clock() {
  if (start_info->tsc_hz == 0) return false;
  the_clock = Clock(start_info->tsc_hz);
  return true;
}

const Clock& clock() { return the_clock; }

u64 now() { return the_clock.nanoseconds(tsc() - start_info->boot_tsc); }

u64 tsc_at(u64 time) {
  if (time == kForever) return kForever;
  return start_info->boot_tsc + the_clock.cycles(time);
}

u64 unix_time() { return start_info->boot_unix_s == 0 ? 0 : start_info->boot_unix_s + now() / kSecond; }

}  // namespace core
