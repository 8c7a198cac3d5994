// SPDX-License-Identifier: MIT
// From the entry point into the program. The root environment, which has no start page, brings an
// exo_enter of its own instead of this file's.
#include "core/exit.hpp"
#include "core/start.hpp"

extern "C" void exo_enter(abi::u64 argument) {
  const auto* info = reinterpret_cast<const core::StartInfo*>(argument);
  if (info->magic != core::kStartMagic || info->version != core::kStartVersion) core::exit(core::kExitStart);
  core::start_info = info;
  app_main(*info);
}
