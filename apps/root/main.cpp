// SPDX-License-Identifier: MIT
// The root environment: the first library OS. The kernel gave it a capability for everything; it
// reads the manifest, makes the other environments, hands each its share, and then watches over them.
#include "abi/ledger.hpp"
#include "apps/root/lender.hpp"
#include "apps/root/logs.hpp"
#include "apps/root/report.hpp"
#include "apps/root/stop.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"

namespace root {

namespace {

constexpr u64 kWatchInterval = 50 * core::kMillisecond;
constexpr u32 kMostChildren = manifest::kMaxEnvs - 1;

constinit Child children[kMostChildren]{};
constinit SliceShare shares[kMostChildren]{};
constinit Lender lender;

u32 make_all(const Machine& machine, const RootInfo& info) {
  make_logs(machine.manifest());
  open_stop_notice();
  const auto plans = machine.manifest().envs();
  const u32 count = static_cast<u32>(plans.size()) - 1;
  for (u32 i = 0; i < count; i++)
    if (Child::make(machine, info, plans[i + 1], children[i]) != Status::Ok) children[i] = Child();
  return count;
}

// Those whose time has come.
void start_due(const Machine& machine, std::span<Child> all, u64 now) {
  for (u32 i = 0; i < all.size(); i++) {
    if (!all[i].alive() || all[i].started() || now < all[i].plan().start_after * core::kSecond) continue;
    report_start(all[i], shares[i], machine.ledger().cpu_count);
    const Status started = all[i].start();
    if (started != Status::Ok) core::Line().text().put("does not start: ").put(status_name(started));
  }
}

// Looks at every child once. Answers how many are left; `code` collects how they ended.
u32 watch(const Machine& machine, std::span<Child> all, u64& code) {
  u32 left = 0;
  for (Child& child : all) {
    if (!child.alive()) continue;
    left++;
    const EnvEntry& entry = machine.env(child.number());
    if (entry.state != EnvState::Dead) continue;
    const EnvEntry last = entry;
    if (child.reap() != Status::Ok) continue;  // a device still has its frames: next time
    report_end(child, last);
    if (last.end_reason != EndReason::Exit || last.exit_code != 0) code = 1;
    left--;
  }
  return left;
}

}  // namespace

}  // namespace root

extern "C" void exo_enter(abi::u64 argument) {
  using namespace root;
  const auto& info = *reinterpret_cast<const abi::RootInfo*>(argument);
  const Machine machine = Machine::open(info);
  report_machine(machine);
  const std::span<Child> all(children, make_all(machine, info));
  const Status assigned = assign_slices(machine, all, {shares, all.size()});
  if (assigned != Status::Ok) core::panic("the slices cannot be assigned", assigned);
  u64 code = 0;
  u32 living = 0;
  for (const Child& child : all) living += child.alive();
  if (living == 0) code = 1;
  while (living > 0) {
    start_due(machine, all, core::now());
    lender.step(machine, all, core::now());
    core::sleep(nullptr, 0, core::tsc_at(core::now() + kWatchInterval));
    living = watch(machine, all, code);
    if (living > 0 && should_stop(all, core::now())) break;
  }
  core::print(living > 0 ? "powering off" : "no environment is left: powering off");
  const core::SysResult off = abi::sys::machine_off(kRootMachine, code);
  core::panic("the machine does not power off", off.status);
}
