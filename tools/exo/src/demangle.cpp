// SPDX-License-Identifier: MIT
#include "demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace exo {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      __cxxabiv1::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : name;
}

}  // namespace exo
