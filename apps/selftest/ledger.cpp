// SPDX-License-Identifier: MIT
#include "apps/selftest/ledger.hpp"

#include "core/start.hpp"
#include "vm/vm.hpp"

namespace selftest {

const volatile abi::EnvEntry* ledger_env(abi::u32 number) {
  static constinit const abi::u8* ledger = nullptr;
  const core::Window& window = core::start_info->ledger;
  if (window.slot == abi::kNone) return nullptr;
  if (ledger == nullptr) {
    const auto mapped = vm::map_window(window.slot, window.first, window.count);
    if (!mapped.ok()) return nullptr;
    ledger = mapped.value();
  }
  const auto* header = reinterpret_cast<const abi::LedgerHeader*>(ledger);
  return reinterpret_cast<const volatile abi::EnvEntry*>(ledger + header->envs.offset) + number;
}

}  // namespace selftest
