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
  view.frame(number, entry);
  return entry;
}

CapEntry ledger_cap(u32 slot) {
  CapEntry entry{};
  view.cap(core::start_info->env, slot, entry);
  return entry;
}

EnvEntry ledger_env(u32 number) {
  EnvEntry entry{};
  view.env(number, entry);
  return entry;
}

}  // namespace fuzzer
