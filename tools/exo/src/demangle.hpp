// SPDX-License-Identifier: MIT
// C++ names as people write them. Apart, because <cxxabi.h> calls its namespace abi as well.
#pragma once
#include <string>

namespace exo {

// "kernel::Frames::allocate(unsigned int)"; the name itself if it is not a mangled one.
std::string demangle(const char* name);

}  // namespace exo
