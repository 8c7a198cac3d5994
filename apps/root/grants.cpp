// SPDX-License-Identifier: MIT
// What root hands a child: exactly what the manifest says. A capability without a range is granted
// as it is; others are derived first, and root keeps the derived one as long as the child lives.
#include "apps/root/child.hpp"
#include "apps/root/logs.hpp"
#include "apps/root/send_pin.hpp"
#include "apps/root/stop.hpp"
#include "base/memory.hpp"
#include "core/console.hpp"
#include "core/resources.hpp"

namespace root {

namespace {

namespace sys = abi::sys;

constinit u32 pinned_send = kNone;  // root's Send capability with the card's own source address

core::Window window(u32 slot, const FrameRange& range) { return {slot, range.first, range.count}; }

void say_missing(const char* name, const char* what) {
  core::Line().text().put(name).put(": starts without ").put(what);
}

// Derived once for all children. The card's capabilities have no other users.
Result<u32> pinned_send_slot(const u8* mac) {
  if (pinned_send != kNone) return pinned_send;
  const u32 slot = TRY(core::slots().take());
  const auto pin = source_pin(mac);
  TRY_STATUS(sys::filter_derive(kRootSend, slot, pin.data(), static_cast<u32>(pin.size())).status);
  pinned_send = slot;
  return slot;
}

}  // namespace

// A slot of root's for a capability that lives as long as the child.
Result<u32> Child::keep_slot() {
  const u32 slot = TRY(core::slots().take());
  kept_[kept_count_++] = slot;
  return slot;
}

Status Child::grant_all(const Machine& machine, const RootInfo& windows) {
  TRY_STATUS(grant_plain(machine, windows));
  if (plan_->extent.count != 0) TRY_STATUS(grant_extent(machine));
  if ((plan_->network.flags & manifest::kNetwork) != 0) TRY_STATUS(grant_network(machine));
  if (plan_->stop_within != 0 && stop_window().slot != kNone) {
    TRY_STATUS(sys::cap_grant(stop_window().slot, env_, kChildStop, kRead).status);
    info_.stop = {kChildStop, stop_window().first, 1};
  }
  return grant_logs(machine);
}

// Its own log to write, those of others to read.
Status Child::grant_logs(const Machine& machine) {
  const auto envs = machine.manifest().envs();
  static_assert(manifest::kMaxLogs == core::kMaxLogs);
  if (const LogRing& own = log_ring(static_cast<u32>(plan_ - envs.data())); own.count != 0) {
    TRY_STATUS(sys::cap_grant(own.slot, env_, kChildLog, kRead | kWrite).status);
    info_.log = {kChildLog, own.first, own.count};
  }
  for (u32 i = 0; i < plan_->log_count; i++) {
    const LogRing& ring = log_ring(plan_->logs[i]);
    if (ring.count == 0) continue;
    const u32 slot = kChildLogs + info_.log_count;
    TRY_STATUS(sys::cap_grant(ring.slot, env_, slot, kRead).status);
    core::LogSource& source = info_.logs[info_.log_count++];
    source.window = {slot, ring.first, ring.count};
    memcpy(source.name, envs[plan_->logs[i]].name, sizeof source.name);
  }
  return Status::Ok;
}

Status Child::grant_plain(const Machine& machine, const RootInfo& windows) {
  const u32 wanted = plan_->capabilities;
  if ((wanted & manifest::kConsole) != 0) {
    TRY_STATUS(sys::cap_grant(kRootConsole, env_, kChildConsole, kWrite).status);
    info_.console = kChildConsole;
  }
  if ((wanted & manifest::kTime) != 0) {
    TRY_STATUS(sys::cap_grant(kRootTimePage, env_, kChildTime, kRead).status);
    info_.time_page = window(kChildTime, windows.time_page);
    info_.tsc_hz = machine.time().tsc_hz;
    info_.boot_tsc = machine.time().boot_tsc;
    info_.boot_unix_s = machine.time().boot_unix_s;
  }
  if ((wanted & manifest::kLedger) != 0) {
    TRY_STATUS(sys::cap_grant(kRootLedger, env_, kChildLedger, kRead).status);
    TRY_STATUS(sys::cap_grant(kRootFrameTable, env_, kChildFrameTable, kRead).status);
    info_.ledger = window(kChildLedger, windows.ledger);
    info_.frame_table = window(kChildFrameTable, windows.frame_table);
  }
  if ((wanted & manifest::kMachine) != 0) {
    TRY_STATUS(sys::cap_grant(kRootMachine, env_, kChildMachine, kWrite).status);
    info_.machine = kChildMachine;
  }
  if ((wanted & manifest::kCreate) != 0) {
    TRY_STATUS(sys::cap_grant(env_, env_, kChildCreate, kCreate | kControl).status);
    info_.create = kChildCreate;
  }
  if ((wanted & manifest::kSlices) != 0) {
    for (u32 cpu = 0; cpu < machine.ledger().cpu_count; cpu++)
      TRY_STATUS(sys::cap_grant(kRootSlices + cpu, env_, kChildSlices + cpu, kInvoke | kGrant).status);
    const u32 positions = machine.ledger().cpu_count * kSlicePositions;
    TRY_STATUS(sys::env_quota(env_, static_cast<u32>(Resource::Slices), positions).status);
    info_.slices = kChildSlices;
  }
  return Status::Ok;
}

Status Child::grant_extent(const Machine& machine) {
  const DeviceEntry* disk = machine.disk();
  if (disk == nullptr) {
    say_missing(plan_->name, "its extent: the machine has no disk");
    return Status::Ok;
  }
  const u64 scale = manifest::kExtentUnit / disk->block_size;
  const u64 first = plan_->extent.first * scale;
  const u64 count = plan_->extent.count * scale;
  if (scale == 0 || first > disk->blocks || count > disk->blocks - first) {
    say_missing(plan_->name, "its extent: the disk is too small");
    return Status::Ok;
  }
  const u32 slot = TRY(keep_slot());
  const u32 rights = plan_->extent.rights;
  const Status derived = sys::cap_derive(kRootExtent, slot, rights | kGrant, first, count).status;
  if (derived != Status::Ok) {
    core::slots().put(slot);
    kept_count_--;
    return derived;
  }
  TRY_STATUS(sys::cap_grant(slot, env_, kChildExtent, rights).status);
  info_.extent = {kChildExtent, rights, first, count, disk->block_size, plan_->extent.content};
  return Status::Ok;
}

Status Child::grant_network(const Machine& machine) {
  const DeviceEntry* card = machine.card();
  if (card == nullptr) {
    say_missing(plan_->name, "a network: the machine has no card");
    return Status::Ok;
  }
  const manifest::Network& network = plan_->network;
  // Who makes environments may hand them a part of this.
  const u32 rights = kInvoke | ((plan_->capabilities & manifest::kCreate) != 0 ? kGrant : u8{0});
  if (network.receive.length != 0) {
    const u32 slot = TRY(keep_slot());
    TRY_STATUS(sys::filter_derive(kRootReceive, slot, network.receive.code, network.receive.length).status);
    TRY_STATUS(sys::cap_grant(slot, env_, kChildReceive, rights).status);
    info_.network.receive = kChildReceive;
  }
  if (network.send.length != 0) {
    const u32 pinned = TRY(pinned_send_slot(card->mac));
    const u32 slot = TRY(keep_slot());
    TRY_STATUS(sys::filter_derive(pinned, slot, network.send.code, network.send.length).status);
    TRY_STATUS(sys::cap_grant(slot, env_, kChildSend, rights).status);
    info_.network.send = kChildSend;
  }
  info_.network.flags = network.flags;
  info_.network.address = network.address;
  info_.network.prefix = network.prefix;
  info_.network.gateway = network.gateway;
  info_.network.port = network.port;
  info_.network.prefix6 = network.prefix6;
  memcpy(info_.network.address6, network.address6, sizeof network.address6);
  memcpy(info_.network.gateway6, network.gateway6, sizeof network.gateway6);
  memcpy(info_.network.mac, card->mac, sizeof card->mac);
  return Status::Ok;
}

}  // namespace root
