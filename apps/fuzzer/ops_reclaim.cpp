// SPDX-License-Identifier: MIT
// Visible revocation: demands on one's own children, met by nobody and then taken by force; warnings.
#include "apps/fuzzer/child.hpp"
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/op.hpp"
#include "core/time.hpp"

namespace fuzzer {

namespace {

constexpr u32 kWired = static_cast<u32>(Resource::Wired);

Child& random_child() { return children[run.random.below(kChildCount)]; }
u32 slot_of(const Child& child) { return kChildren + static_cast<u32>(&child - children); }

// Far off, over, or in a moment.
u64 random_deadline() { return run.random.pick({kForever, 0ul, core::tsc() + 100000}); }

// Force takes whatever data frame it likes: what is still the child's is what the kernel's books say.
void look_again(Child& child) {
  u32 kept = 0;
  for (u32 i = 0; i < child.frame_count; i++)
    if (ledger_frame(child.frames[i]).owner == child.number) child.frames[kept++] = child.frames[i];
  child.frame_count = kept;
}

void demand() {
  Child& child = random_child();
  const u32 resource = run.random.below(kResources + 2);
  const u32 amount = run.random.one_in(8) ? 1u << 30 : 1 + run.random.below(16);
  const u64 deadline = random_deadline();
  const Answer answer = call(Call::env_reclaim, slot_of(child), resource, amount, deadline);
  Allowed allowed = any_of(Status::Ok, Status::Quota, Status::Gone);
  if (child.demanded != 0) allowed = any_of(Status::Busy, Status::Gone);
  if (resource >= kWired) allowed = any_of(Status::BadArgument, Status::Gone);
  if (child.state == ChildState::None) allowed = kError;
  if (!expect(answer, allowed, "env_reclaim")) return;
  child.demanded = amount;
  child.demand_resource = resource;
  child.demand_forced = deadline != kForever;
}

void withdraw() {
  Child& child = random_child();
  const u32 resource = run.random.below(kWired);
  const bool stands = child.demanded != 0 && child.demand_resource == resource;
  const Answer answer = call(Call::env_reclaim, slot_of(child), resource, 0, 0);
  if (!stands) return expect_refused(answer, "env_reclaim that withdraws nothing");
  if (expect(answer, any_of(Status::Ok, Status::Gone), "env_reclaim that withdraws")) child.demanded = 0;
}

// What was demanded comes back, unless the child needs it for page tables; nothing else of it goes.
void repossess() {
  Child& child = random_child();
  if (child.demanded == 0)
    return expect_refused(call(Call::env_repossess, slot_of(child)), "env_repossess without a demand");
  const EnvEntry before = ledger_env(child.number);
  const Answer answer = child.demand_forced ? call_until_done(Call::env_repossess, slot_of(child))
                                            : call(Call::env_repossess, slot_of(child));
  look_again(child);
  const Allowed allowed = any_of(Status::Ok, Status::Busy, Status::Gone);
  if (!expect(answer, child.demand_forced ? allowed : allowed | one(Status::Again), "env_repossess")) return;
  const u32 resource = child.demand_resource, amount = child.demanded;
  child.demanded = 0;
  const EnvEntry after = ledger_env(child.number);
  for (u32 r = 0; r < kResources; r++) {
    const u32 gone = r == resource ? amount : 0;
    if (after.quota[r] + gone != before.quota[r]) fail("env_repossess took another quota", r);
    if (r != kWired && after.used[r] > after.quota[r]) fail("more used than there is quota after force", r);
  }
}

void against_others() {
  const u32 peer = kPeers + run.random.below(kPeerCount);
  const u32 slot = run.random.one_in(4) ? u32{kSlotSelf} : peer;
  if (run.random.one_in(2))
    return expect_refused(call(Call::env_reclaim, slot, run.random.below(kResources), 1, 0),
                          "env_reclaim of another environment");
  expect_refused(call(Call::env_repossess, slot), "env_repossess of another environment");
}

// All holders, as often as it takes; they may drop theirs meanwhile.
void warn() {
  const u32 slot = random_cap();
  if (slot == kNone) return;
  Answer answer = call(Call::cap_warn, slot, random_deadline(), kNone);
  expect(answer, kOk, "cap_warn");
  for (u32 i = 0; i < 4 && static_cast<u32>(answer.value) != kNone; i++) {
    answer = call(Call::cap_warn, slot, random_deadline(), answer.value);
    if (!expect(answer, any_of(Status::Ok, Status::BadArgument), "cap_warn of the rest")) return;
  }
}

void warn_badly() {
  const u32 slot = random_slot(kFirstPlay, kLastPlay);
  if (shadow.caps[slot].type == CapType::Null)
    return expect_refused(call(Call::cap_warn, slot, 0, kNone), "cap_warn of nothing");
  // An entry that is no child of this one: 0 is the kernel's, and what is behind the table is nothing.
  const u32 after = run.random.one_in(2) ? 0 : outside32(0, kMaxCaps);
  if (after != kNone) expect_refused(call(Call::cap_warn, slot, 0, after), "cap_warn after a stranger");
}

constexpr Op kOps[] = {
    {"demand", 4, demand},       {"withdraw", 1, withdraw},
    {"repossess", 4, repossess}, {"against_others", 2, against_others},
    {"warn", 3, warn},           {"warn_badly", 2, warn_badly},
};

}  // namespace

std::span<const Op> reclaim_ops() { return kOps; }

}  // namespace fuzzer
