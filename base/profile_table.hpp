// SPDX-License-Identifier: MIT
// What the profiling plugin leaves in its file: how often the instruction at each address was executed.
// The file is sparse. Both sides run on the same host.
#pragma once
#include <cstddef>
#include <cstdint>

inline constexpr unsigned kProfileBits = 20;
inline constexpr std::size_t kProfileEntries = std::size_t{1} << kProfileBits;

struct ProfileEntry {
  std::uint64_t address;  // 0: not used
  std::uint64_t count;
};

struct ProfileTable {
  ProfileEntry entries[kProfileEntries];
};
