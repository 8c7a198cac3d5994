// SPDX-License-Identifier: MIT
#include "apps/status/ledger.hpp"

namespace status {

base::Status Ledger::open(const core::StartInfo& start) {
  view_ = TRY(ledger::open(start));
  return view_.frames() != nullptr ? base::Status::Ok : base::Status::BadCap;
}

template <class Entry, u32 count>
static bool copy_table(const ledger::View& view, const TableInfo& table, Entry (&to)[count]) {
  return view.read([&] { memcpy(to, view.entries<Entry>(table), sizeof to); });
}

void Ledger::copy(Snapshot& to) const {
  // Header and environments in one piece: quotas and free frames add up.
  const LedgerHeader& header = view_.raw();
  bool all = view_.read([&] {
    memcpy(&to.header, &header, sizeof to.header);
    memcpy(to.envs, view_.entries<EnvEntry>(header.envs), sizeof to.envs);
  });
  all &= copy_table(view_, header.cpus, to.cpus);
  all &= copy_table(view_, header.devices, to.devices);
  all &= copy_table(view_, header.queues, to.queues);
  to.consistent = all;
}

CapEntry Ledger::cap(u32 env, u32 slot) const {
  CapEntry entry{};
  view_.cap(env, slot, entry);
  return entry;
}

FilterEntry Ledger::filter(u32 number) const {
  FilterEntry entry{};
  view_.filter(number, entry);
  return entry;
}

ShapeEntry Ledger::shape(u32 number) const {
  ShapeEntry entry{};
  view_.shape(number, entry);
  return entry;
}

BindingEntry Ledger::binding(u32 number) const {
  BindingEntry entry{};
  view_.binding(number, entry);
  return entry;
}

FrameEntry Ledger::frame(u32 number) const {
  FrameEntry entry{};
  view_.frame(number, entry);
  return entry;
}

}  // namespace status
