// SPDX-License-Identifier: MIT
#include "apps/blocks/disk.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

void app_main(const core::StartInfo& start) {
  if (!core::start_clock()) core::panic("the tests need the time");
  const abi::Status status = vm::start();
  if (status != abi::Status::Ok) core::panic("no address space of its own", status);
  if (start.extent.slot == abi::kNone) core::panic("no extent");
  switch (start.args[0]) {
    case 'k':
      blocks::keep();
    case 's':
      blocks::storm();
    case 'f':
      blocks::faults();
    default:
      core::panic("args must be keep, storm or faults");
  }
}
