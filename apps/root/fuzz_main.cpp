// SPDX-License-Identifier: MIT
// The root environment of the fuzzing image. It makes the environments of the manifest like root
// does, and gives them more: capabilities to each other, positions of the slice vectors to play with, and the
// right to hand on what they have. Those that harm themselves are made again; the first that finds
// something wrong ends the machine.
#include "abi/extent.hpp"
#include "apps/common/fuzz_slots.hpp"
#include "apps/root/report.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/resources.hpp"
#include "core/time.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

constexpr u64 kWatchInterval = 20 * core::kMillisecond;
constexpr u32 kMostChildren = fuzzer::kPeerCount;
constexpr u32 kPlayPositions = fuzzer::kPlayPositions;
constexpr u32 kRootEvery = 16;  // positions of CPU 0

constinit Child children[kMostChildren]{};
constinit u32 play_slices[kMaxCpus]{};  // root's slots: the positions to play with
constinit u32 respawned = 0;

bool is_raw(const Child& child) { return child.plan().args[0] == 'r'; }

void give(u32 source, const Child& child, u32 slot, u32 rights) {
  const Status status = sys::cap_grant(source, child.slot(), slot, rights).status;
  if (status != Status::Ok && status != Status::Occupied && status != Status::Gone)
    core::Line()
        .text()
        .put(child.plan().name)
        .put(": not granted ")
        .dec(slot)
        .put(": ")
        .put(status_name(status));
}

// The disk's ownership table, for the one that may manage it; before anybody holds a block of its range.
void make_table(const core::ExtentInfo& extent) {
  const auto slot = core::slots().take();
  if (!slot.ok()) core::panic("no slot");
  const Status derived =
      sys::cap_derive(kRootExtent, slot.value(), extent.rights, extent.first, extent.count).status;
  const Status made = core::until_done(
      [&] { return sys::extent_format(slot.value(), static_cast<u32>(ExtentFormat::Create)).status; });
  if (derived != Status::Ok || made != Status::Ok) core::panic("no ownership table", made);
  if (sys::cap_drop(slot.value()).status == Status::Ok) core::slots().put(slot.value());
}

// What a fuzzing environment has beyond its manifest.
void grant_more(const Machine& machine, u32 index) {
  const Child& child = children[index];
  const core::StartInfo& info = child.info();
  for (u32 cpu = 0; cpu < machine.ledger().cpu_count && cpu < 4; cpu++)
    give(play_slices[cpu], child, fuzzer::kSlices + cpu, kInvoke | kGrant);
  if (info.extent.slot != kNone) {
    if ((info.extent.rights & kControl) != 0) make_table(info.extent);
    const auto slot = core::slots().take();
    if (slot.ok() && sys::cap_derive(kRootExtent, slot.value(), kRead | kWrite | kGrant, info.extent.first,
                                     fuzzer::extent_share(info.extent.count))
                             .status == Status::Ok)
      give(slot.value(), child, fuzzer::kExtent, kRead | kWrite | kGrant);
  }
  if (info.network.receive != kNone) {
    give(kRootReceive, child, fuzzer::kReceive, kInvoke | kGrant);
    give(kRootSend, child, fuzzer::kSend, kInvoke | kGrant);
  }
}

void introduce(std::span<const Child> all) {
  for (const Child& one : all)
    for (u32 i = 0; i < all.size(); i++)
      if (one.alive() && all[i].alive() && &one != &all[i])
        give(all[i].slot(), one, fuzzer::kPeers + i, kInvoke | kAccept);
}

void make(const Machine& machine, const RootInfo& info, u32 index) {
  const Status made = Child::make(machine, info, machine.manifest().envs()[index + 1], children[index]);
  if (made != Status::Ok) core::panic("a fuzzing environment cannot be made", made);
  grant_more(machine, index);
  const u32 positions = machine.ledger().cpu_count * kSlicePositions / 2;
  const auto quota = sys::env_quota(children[index].slot(), static_cast<u32>(Resource::Slices), positions);
  if (quota.status != Status::Ok) core::panic("no quota of slices", quota.status);
}

// Root looks now and then; the others follow each other, those with a shadow twice as often.
u32 holder_of(u32 cpu, u32 position, u32 count) {
  if (cpu == 0 && position % kRootEvery == 0) return kSlotSelf;
  const u32 turn = (position + cpu * 2) % 6;
  constexpr u32 kTurns[] = {0, 1, 2, 0, 1, 3};
  return count == 0 ? kSlotSelf : children[kTurns[turn] % count].slot();
}

void ask_idle(u32 cpu, const Child& child) {
  const Status status = sys::slice_idle(kRootSlices + cpu, child.slot(), is_raw(child) ? 1 : 4).status;
  if (status != Status::Ok && status != Status::Gone && status != Status::Occupied)
    core::panic("no idle time", status);
}

void assign(const Machine& machine, u32 count) {
  for (u32 cpu = 0; cpu < machine.ledger().cpu_count; cpu++) {
    for (u32 i = 0; i < count; i++) ask_idle(cpu, children[i]);
    for (u32 position = 0; position < kPlayPositions; position++) {
      const Status status =
          sys::slice_assign(kRootSlices + cpu, holder_of(cpu, position, count), position, 1).status;
      if (status != Status::Ok && status != Status::Gone) core::panic("no slices", status);
    }
  }
}

void begin(Child& child) {
  const Status status = child.start();
  if (status != Status::Ok) core::panic("it does not start", status);
}

[[noreturn]] void off(u64 code) {
  core::Line().text().put("fuzz: ends with code ").dec(code).put(", ").dec(respawned).put(" made again");
  const core::SysResult result = sys::machine_off(kRootMachine, code);
  core::panic("the machine does not power off", result.status);
}

void derive_positions(const Machine& machine) {
  for (u32 cpu = 0; cpu < machine.ledger().cpu_count; cpu++) {
    const auto slot = core::slots().take();
    if (!slot.ok()) core::panic("no slot");
    play_slices[cpu] = slot.value();
    const Status status = sys::cap_derive(kRootSlices + cpu, slot.value(), kInvoke | kGrant, kPlayPositions,
                                          kSlicePositions - kPlayPositions)
                              .status;
    if (status != Status::Ok) core::panic("no positions to play with", status);
  }
}

// True while one with a shadow lives. What it finds wrong ends the machine.
bool working(const Machine& machine, std::span<Child> all) {
  bool any = false;
  for (Child& child : all) {
    if (!child.alive() || is_raw(child)) continue;
    const EnvEntry entry = machine.env(child.number());
    any |= entry.state != EnvState::Dead;
    if (entry.state != EnvState::Dead) continue;
    const bool failed = entry.end_reason != EndReason::Exit || entry.exit_code != 0;
    if (failed) report_end(child, entry);
    if (failed) off(1);
  }
  return any;
}

// Those that harmed themselves are made again.
void renew(const Machine& machine, const RootInfo& info, std::span<Child> all) {
  for (u32 i = 0; i < all.size(); i++) {
    if (!is_raw(all[i]) || machine.env(all[i].number()).state != EnvState::Dead) continue;
    if (all[i].reap() != Status::Ok) continue;  // a device still has its frames
    make(machine, info, i);
    introduce(all);
    assign(machine, static_cast<u32>(all.size()));
    begin(all[i]);
    respawned++;
  }
}

}  // namespace

}  // namespace root

extern "C" void exo_enter(abi::u64 argument) {
  using namespace root;
  const auto& info = *reinterpret_cast<const abi::RootInfo*>(argument);
  const Machine machine = Machine::open(info);
  report_machine(machine);
  derive_positions(machine);
  const u32 count = static_cast<u32>(machine.manifest().envs().size()) - 1;
  if (count > kMostChildren) core::panic("too many environments");
  for (u32 i = 0; i < count; i++) make(machine, info, i);
  const std::span<Child> all(children, count);
  introduce(all);
  assign(machine, count);
  for (Child& child : all) begin(child);
  while (working(machine, all)) {
    renew(machine, info, all);
    core::sleep(nullptr, 0, core::tsc_at(core::now() + kWatchInterval));
  }
  off(0);
}
