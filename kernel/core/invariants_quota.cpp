// SPDX-License-Identifier: MIT
// check_quotas: what each environment has of each resource, counted again from the tables; and that
// all quotas together promise no more than there is.
#include "kernel/core/cap.hpp"
#include "kernel/core/frame.hpp"
#include "kernel/core/invariants.hpp"
#include "kernel/core/queue.hpp"

namespace core {

namespace {

struct Counts {
  u32 of[kResources];
};

void add(Counts& c, Resource r, u32 n) { c.of[static_cast<u32>(r)] += n; }

void count_caps(u16 env, Counts& c) {
  for (u32 slot = 0; slot < kCapsPerEnv; slot++)
    if (caps[cap_index(env, slot)].type != CapType::Null) add(c, Resource::Caps, 1);
}

void count_filters(u16 env, Counts& c) {
  for (const FilterEntry& f : filters)
    if (f.references != 0 && f.owner == env) add(c, Resource::Filters, 1);
}

void count_slices(u16 env, Counts& c) {
  for (const CpuEntry& cpu : cpus)
    for (const u16 position : cpu.slices)
      if (position == env) add(c, Resource::Slices, 1);
}

void count_bindings(u16 env, Counts& c) {
  for (const BindingEntry& b : bindings)
    if (b.owner == env) add(c, Resource::Pins, b.frame_count + 1);
}

void count_flights(u16 env, Counts& c) {
  for (u32 q = 0; q < kMaxQueues; q++) {
    if (queues[q].owner != env) continue;
    for (u32 id = 0; id < kDiskDepth; id++) {
      const u64 flight = flight_words(q, id)[kFlightWords - 1];
      if (flight == 0) continue;
      add(c, Resource::Commands, 1);
      add(c, Resource::Pins, FlightWord::count(flight));
    }
  }
}

// The pins that packets in a card hold come on top: `packets` collects them.
const char* compare(const EnvEntry& e, const Counts& c, u64& packets) {
  if (e.used[1] != c.of[1]) return "EnvEntry::used of Caps is wrong";
  if (e.used[2] != c.of[2]) return "EnvEntry::used of Filters is wrong";
  if (e.used[3] != c.of[3]) return "EnvEntry::used of Slices is wrong";
  if (e.used[4] < c.of[4]) return "EnvEntry::used of Pins is wrong";
  if (e.used[5] != c.of[5]) return "EnvEntry::used of Commands is wrong";
  if (e.used[6] != 0) return "EnvEntry::used of Wired is not zero";
  packets += e.used[4] - c.of[4];
  if (e.demand_amount != 0 &&
      (e.demand_resource >= kResources || e.demand_keep > e.quota[e.demand_resource] ||
       e.demand_amount > e.quota[e.demand_resource] - e.demand_keep))
    return "a demand for more than the quota";
  for (u32 r = 0; r < kResources; r++)
    if (e.used[r] > e.quota[r]) return "an environment has more than its quota";
  return nullptr;
}

const char* check_env(u16 env, u64& packets) {
  const EnvEntry& e = envs[env];
  if (e.state == EnvState::Unused) {
    for (u32 r = 0; r < kResources; r++)
      if (e.quota[r] != 0 || e.used[r] != 0) return "an unused environment has resources or quota";
    return nullptr;
  }
  Counts c{};
  count_caps(env, c);
  count_filters(env, c);
  count_slices(env, c);
  count_bindings(env, c);
  count_flights(env, c);
  return compare(e, c, packets);
}

}  // namespace

const char* check_quotas(u64 other_pins) {
  u64 sums[kResources] = {};
  u64 packets = 0;
  for (u16 env = 0; env < kMaxEnvs; env++) {
    if (const char* wrong = check_env(env, packets); wrong != nullptr) return wrong;
    for (u32 r = 0; r < kResources; r++) sums[r] += envs[env].quota[r];
  }
  if (packets != other_pins) return "EnvEntry::used of Pins is wrong";
  const u64 frames_total = ledger_header.frames_total;
  const u64 most[kResources] = {frames_total, kTotalCaps,     kTotalFilters, kTotalSlices,
                                kTotalPins,   kTotalCommands, frames_total};
  for (u32 r = 0; r < kResources; r++)
    if (sums[r] > most[r]) return "quotas exceed what there is";
  return nullptr;
}

}  // namespace core
