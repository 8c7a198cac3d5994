// SPDX-License-Identifier: MIT
// What the ledger says agrees with itself, while the rivals change it from their CPUs.
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"

namespace selftest {

namespace {

constexpr u64 kChanges = 5000;  // of the ledger while it is read

// Every frame is somebody's or free. Rivals allocate and free all the time (main.cpp).
Outcome frames_add_up() {
  const ledger::View& view = ledger_view();
  EXPECT(view.valid());
  const u64 first = view.raw().version, end = core::now() + kPatience;
  u64 copies = 0;
  for (u64 last = first; last - first < kChanges || copies == 0;) {
    EXPECT(core::now() < end);
    u64 owned = 0, all = 0;
    const bool read = view.read([&] {
      const LedgerHeader& header = view.raw();
      const auto* env = static_cast<const volatile EnvEntry*>(view.entries<EnvEntry>(header.envs));
      owned = header.frames_free;
      for (u32 n = 0; n < kMaxEnvs; n++) owned += env[n].used[0];
      all = header.frames_total;
      last = header.version;
    });
    if (!read) continue;  // something was being changed every time: try again
    copies++;
    EXPECT(owned == all);
  }
  return nullptr;
}

constexpr Test kTests[] = {
    {"ledger: frames add up in every copy", frames_add_up},
};

}  // namespace

std::span<const Test> ledger_tests() { return kTests; }

}  // namespace selftest
