// SPDX-License-Identifier: MIT
// How long a disk may take, in ticks that drivers::poll counts. A machine that stood still (its host was
// stopped) counts one tick, not the time that it missed.
#pragma once
#include "abi/types.hpp"

namespace drivers {
using namespace abi;

inline constexpr u64 kTickMs = 250;
inline constexpr u16 kCommandTicks = 20;  // 5 s: a command that took longer does not come back by itself
inline constexpr u16 kGraceTicks = 4;     // 1 s: for an abort to bring it back
inline constexpr u16 kAdminTicks = 8;     // 2 s: for an administrative command
inline constexpr u16 kResetTicks = 40;    // 10 s: for a controller to say that it is reset or ready

extern u16 disk_tick;  // wraps; only differences count

inline bool is_over(u16 since, u16 ticks) { return static_cast<u16>(disk_tick - since) > ticks; }

}  // namespace drivers
