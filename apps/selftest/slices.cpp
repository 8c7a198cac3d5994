// SPDX-License-Identifier: MIT
// Positions of slice vectors by name, idle time, and what becomes of those who keep the CPU.
#include "core/slices.hpp"

#include "apps/selftest/child.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"

namespace selftest {

namespace {

constexpr u32 kChild = TestChild::kSlot;
constexpr u32 kPart = 60;  // a slot for a narrower Slices capability

u32 own() { return core::start_info->env; }
u32 slices_of(u32 cpu) { return core::start_info->slices + cpu; }

u64 held(u32 cpu, u32 env) {
  u64 mask = 0;
  for (u32 p = 0; p < kSlicePositions; p++)
    if (ledger_cpu(cpu)->slices[p] == env) mask |= 1ul << p;
  return mask;
}

Outcome claim_on_every_cpu() {
  const u32 cpus = core::start_info->cpu_count;
  u64 open = ~0ul;
  for (u32 cpu = 0; cpu < cpus; cpu++) open &= core::open_positions(*ledger_cpu(cpu));
  const u64 gang = core::spread_in(open, 2);
  EXPECT(gang != 0);
  SliceClaim claims[kMaxCpus] = {};
  u64 before[kMaxCpus];
  for (u32 cpu = 0; cpu < cpus; cpu++) {
    claims[cpu] = {gang, slices_of(cpu), 0};
    before[cpu] = held(cpu, own());
  }
  EXPECT_OK(sys::slice_claim(kSlotSelf, claims, cpus).status);
  for (u32 cpu = 0; cpu < cpus; cpu++) EXPECT(held(cpu, own()) == (before[cpu] | gang));
  EXPECT_OK(sys::slice_claim(kNone, claims, cpus).status);
  for (u32 cpu = 0; cpu < cpus; cpu++) EXPECT(held(cpu, own()) == before[cpu]);
  return nullptr;
}

Outcome claims_are_all_or_nothing() {
  const u64 open = core::open_positions(*ledger_cpu(0));
  const u64 one = core::run_in(open, 1);
  EXPECT(one != 0 && ~open != 0);
  const SliceClaim both{one | ~open, slices_of(0), 0};
  EXPECT_STATUS(sys::slice_claim(kSlotSelf, &both, 1).status, Status::Occupied);
  EXPECT(core::open_positions(*ledger_cpu(0)) == open);
  EXPECT_OK(sys::cap_derive(slices_of(0), kPart, kInvoke, 0, 1).status);
  const SliceClaim outside{~0ul, kPart, 0};
  EXPECT_STATUS(sys::slice_claim(kSlotSelf, &outside, 1).status, Status::OutOfRange);
  EXPECT_OK(sys::cap_drop(kPart).status);
  const SliceClaim twice[] = {{one, slices_of(0), 0}, {one, slices_of(0), 0}};
  EXPECT_STATUS(sys::slice_claim(kSlotSelf, twice, 2).status, Status::BadArgument);
  EXPECT(core::open_positions(*ledger_cpu(0)) == open);
  return nullptr;
}

Outcome revocation_frees_positions() {
  const u64 open = core::open_positions(*ledger_cpu(0));
  EXPECT_OK(sys::cap_derive(slices_of(0), kPart, kInvoke, 0, kSlicePositions).status);
  const SliceClaim claim{core::run_in(open, 1), kPart, 0};
  EXPECT_OK(sys::slice_claim(kSlotSelf, &claim, 1).status);
  EXPECT_STATUS(sys::cap_drop(kPart).status, Status::Busy);
  EXPECT(core::open_positions(*ledger_cpu(0)) != open);
  EXPECT_OK(core::until_done([] { return sys::cap_revoke(slices_of(0)).status; }));
  EXPECT(core::open_positions(*ledger_cpu(0)) == open);
  EXPECT_STATUS(sys::cap_drop(kPart).status, Status::BadCap);
  return nullptr;
}

// Sleeps until `done`. False: it did not come.
template <class Condition>
bool await(Condition done) {
  const u64 end = core::now() + kPatience;
  while (!done()) {
    if (core::now() > end) return false;
    core::sleep(nullptr, 0, core::tsc_at(core::now() + 5 * core::kMillisecond));
  }
  return true;
}

Outcome idle_time_only_for_those_who_ask() {
  TestChild child;
  EXPECT_OK(child.make());
  child.order(Order::Spin);
  const volatile EnvEntry* entry = ledger_env(child.number());
  core::sleep(nullptr, 0, core::tsc_at(core::now() + 50 * core::kMillisecond));
  EXPECT(entry->run_cycles == 0);  // no positions, nothing asked
  EXPECT_OK(sys::slice_idle(slices_of(0), kChild, 4).status);
  const bool ran = await([&] { return entry->idle_cycles > 0 && child.page().spins > 0; });
  EXPECT_OK(sys::slice_idle(slices_of(0), kChild, 0).status);
  EXPECT_OK(child.unmake());
  EXPECT(ran);
  return nullptr;
}

Outcome directed_yield_is_booked() {
  TestChild child;
  EXPECT_OK(child.make());
  const volatile EnvEntry* entry = ledger_env(child.number());
  const volatile EnvEntry* self = ledger_env(own());
  const u64 before = self->donated_cycles;
  const u64 end = core::now() + kPatience;
  while (entry->received_cycles == 0 && core::now() < end) core::yield(kChild);
  const u64 received = entry->received_cycles;
  EXPECT_OK(child.unmake());
  EXPECT(received > 0);
  EXPECT(await([&] { return self->donated_cycles - before >= received; }));  // booked when the slice ends
  return nullptr;
}

// It has a slice-end entry, in which it stays.
Outcome overruns_in_a_row_end_it() {
  TestChild child;
  EXPECT_OK(child.make(TestChild::End::Overrun));
  child.order(Order::Spin);
  EXPECT_OK(sys::slice_idle(slices_of(0), kChild, kMaxIdleWeight).status);
  const volatile EnvEntry* entry = ledger_env(child.number());
  const bool ended = await([&] { return entry->state == EnvState::Dead; });
  const EndReason reason = entry->end_reason;
  const u64 overruns = entry->overruns;
  EXPECT_OK(child.unmake());
  EXPECT(ended && reason == EndReason::Overrun);
  EXPECT(overruns == kMaxOverruns);
  return nullptr;
}

constexpr Test kTests[] = {
    {"claim_on_every_cpu", claim_on_every_cpu},
    {"claims_are_all_or_nothing", claims_are_all_or_nothing},
    {"revocation_frees_positions", revocation_frees_positions},
    {"idle_time_only_for_those_who_ask", idle_time_only_for_those_who_ask},
    {"directed_yield_is_booked", directed_yield_is_booked},
    {"overruns_in_a_row_end_it", overruns_in_a_row_end_it},
};

}  // namespace

std::span<const Test> slice_tests() { return kTests; }

}  // namespace selftest
