// SPDX-License-Identifier: MIT
#include "apps/fuzzer/ledger.hpp"

#include "core/exit.hpp"
#include "ledger/open.hpp"

namespace fuzzer {

static constinit ledger::View view{};

void open_ledger() {
  const auto opened = ledger::open(*core::start_info);
  if (!opened.ok()) core::panic("no ledger", opened.status());
  view = opened.value();
}

FrameEntry ledger_frame(u32 number) {
  FrameEntry entry{};
  while (!view.frame(number, entry)) __builtin_ia32_pause();  // other CPUs change the books all the time
  return entry;
}

CapEntry ledger_cap(u32 slot) {
  CapEntry entry{};
  while (!view.cap(core::start_info->env, slot, entry))
    __builtin_ia32_pause();  // other CPUs change the books all the time
  return entry;
}

EnvEntry ledger_env(u32 number) {
  EnvEntry entry{};
  while (!view.env(number, entry)) __builtin_ia32_pause();  // other CPUs change the books all the time
  return entry;
}

}  // namespace fuzzer
