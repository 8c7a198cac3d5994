// SPDX-License-Identifier: MIT
// Where the guest's instructions went: what the profiling plugin counted, with the names of functions and
// files.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files.hpp"

namespace exo {

// Executions of the instruction at each address.
using Profile = std::map<std::uint64_t, std::uint64_t>;

// The plugin's table as it is now. Throws Error.
Profile read_profile(const Path& table);
// What came between two readings.
Profile operator-(const Profile& later, const Profile& earlier);

// A place in the source, and the places that it was inlined into, the innermost first.
struct Frame {
  std::string function;
  std::string file;  // from the top of the tree
};
struct ProfilePlace {
  bool kernel = false;
  std::vector<Frame> frames;  // empty: not known
  double count = 0;
};

// Addresses at or above the middle are looked up in `kernel`, the others in `program`, by addr2line. Throws
// Error.
std::vector<ProfilePlace> find_places(const Profile& profile, const Path& kernel, const Path& program);

// From the output of `addr2line -a -f -i`: frames of each address. Files are those of the tree whatever
// folder they were compiled in. Pure.
std::map<std::uint64_t, std::vector<Frame>> parse_addr2line(std::string_view output);

}  // namespace exo
