// SPDX-License-Identifier: MIT
// What a small environment is born with: one page of position-independent text without a library OS, and
// an upcall page. Tests, benches and fuzzers make such.
#pragma once
#include "apps/common/child_space.hpp"

namespace apps {

struct SmallProgram {
  std::span<const u8> code;  // at most a page
  const char* name;          // shorter than EnvConfig::name
};
inline constexpr u64 kSmallCode = 0x10000;    // where its text is mapped
inline constexpr u64 kSmallUpcall = 0x30000;  // and its upcall page

// Fills the space of the embryo, about whose slot `space` is, and says in `config` where everything is; it
// begins at the start of its text. Other entry points are the caller's to add. NoMemory, Quota, and what
// ChildSpace answers.
Status fill_small_child(ChildSpace& space, const SmallProgram& program, EnvConfig& config);

}  // namespace apps
