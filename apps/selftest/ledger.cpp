// SPDX-License-Identifier: MIT
#include "apps/selftest/ledger.hpp"

#include "ledger/open.hpp"

namespace selftest {

const ledger::View& ledger_view() {
  static constinit ledger::View view;
  if (!view.valid()) {
    const auto opened = ledger::open(*core::start_info);
    if (opened.ok()) view = opened.value();
  }
  return view;
}

const volatile abi::EnvEntry* ledger_env(abi::u32 number) {
  const ledger::View& view = ledger_view();
  if (!view.valid()) return nullptr;
  return view.entries<abi::EnvEntry>(view.raw().envs) + number;
}

const volatile abi::CpuEntry* ledger_cpu(abi::u32 number) {
  const ledger::View& view = ledger_view();
  if (!view.valid()) return nullptr;
  return view.entries<abi::CpuEntry>(view.raw().cpus) + number;
}

}  // namespace selftest
