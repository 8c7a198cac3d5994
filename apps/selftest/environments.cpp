// SPDX-License-Identifier: MIT
// Making, running, calling and ending environments.
#include "apps/selftest/child.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"

namespace selftest {

namespace {

constexpr u32 kChild = TestChild::kSlot;
constexpr u32 kSpare = 52;  // an empty slot of the tests

EnvState state_of(const TestChild& child) {
  const volatile EnvEntry* entry = ledger_env(child.number());
  return entry == nullptr ? EnvState::Unused : entry->state;
}

// Gives the child the rest of slices until `counter` moves on and it is off the CPU again. One gift may
// come to nothing, when the slice is over before the child began; and this environment may go on, on
// another CPU, while the child runs.
Status run_until_counts(const TestChild& child, volatile u64& counter) {
  const u64 before = counter;
  const u64 end = core::now() + kPatience;
  while (core::now() < end) {
    const EnvState state = state_of(child);
    if (state == EnvState::Running) continue;
    if (counter != before) return Status::Ok;
    const Status status = core::yield(kChild).status;
    if (status != Status::Ok && status != Status::Busy) return status;
  }
  return Status::TimedOut;
}

// Until it is in that state: its slice may end anywhere on the way.
Status run_child_to(const TestChild& child, EnvState wanted) {
  const u64 end = core::now() + kPatience;
  while (core::now() < end) {
    const EnvState state = state_of(child);
    if (state == wanted) return Status::Ok;
    if (state == EnvState::Running) continue;
    const Status status = core::yield(kChild).status;
    if (status != Status::Ok && status != Status::Busy && status != Status::Gone) return status;
  }
  return Status::TimedOut;
}

// Until it gives the CPU back, from its entry point on.
Status run_child(const TestChild& child) { return run_until_counts(child, child.page().begun); }
// Until it was preempted.
Status run_spinner(const TestChild& child) { return run_until_counts(child, child.page().spins); }

Outcome child_runs_and_is_reaped() {
  const volatile EnvEntry* own = ledger_env(core::start_info->env);
  EXPECT(own != nullptr);
  const u32 quota = own->quota[0];
  TestChild child;
  EXPECT_OK(child.make());
  EXPECT(own->quota[0] == quota - TestChild::kQuota);
  EXPECT_OK(run_child(child));
  EXPECT(child.page().begun > 1 || child.page().reason == static_cast<u64>(BeginReason::Start));
  const u64 begun = child.page().begun;
  EXPECT_OK(run_child(child));
  EXPECT(child.page().begun > begun);
  EXPECT(child.page().reason == static_cast<u64>(BeginReason::Slice));
  EXPECT_OK(child.unmake());
  EXPECT(own->quota[0] == quota);
  EXPECT(state_of(child) == EnvState::Unused);
  return nullptr;
}

// Busy while the kernel has the child's registers, which it took by force: the child must run on first.
Status call_child(const core::Words& arguments, core::Words& reply) {
  const u64 end = core::now() + kPatience;
  for (;;) {
    const Status status = core::call(kChild, arguments, reply);
    if (status != Status::Busy || core::now() > end) return status;
    const Status yielded = core::yield(kChild).status;
    if (yielded != Status::Ok && yielded != Status::Busy) return yielded;
  }
}

Outcome call_and_reply() {
  TestChild child;
  EXPECT_OK(child.make());
  EXPECT_OK(run_child(child));
  core::Words reply{};
  for (u64 i = 0; i < 100; i++) {
    const u64 before = child.page().begun;
    EXPECT_OK(call_child({{i, 1000, 0xf0, 0x0f}}, reply));
    EXPECT(reply.word[0] == core::start_info->env);  // who called, from the kernel
    EXPECT(reply.word[1] == i + 1000);
    EXPECT(reply.word[2] == 0xff);
    EXPECT(reply.word[3] >= before && reply.word[3] <= child.page().begun);
  }
  EXPECT_OK(run_child(child));  // what it did before the calls goes on
  EXPECT_OK(child.unmake());
  EXPECT_STATUS(core::call(kChild, {}, reply), Status::BadCap);
  return nullptr;
}

Outcome exit_code_is_seen() {
  TestChild child;
  EXPECT_OK(child.make());
  child.page().code = 77;
  child.order(Order::Exit);
  EXPECT_OK(run_child_to(child, EnvState::Dead));
  const volatile EnvEntry* entry = ledger_env(child.number());
  EXPECT(entry->state == EnvState::Dead && entry->end_reason == EndReason::Exit && entry->exit_code == 77);
  core::Words reply{};
  EXPECT_STATUS(core::call(kChild, {}, reply), Status::Gone);
  EXPECT_STATUS(core::yield(kChild).status, Status::Gone);
  EXPECT_STATUS(sys::notify(kChild).status, Status::Gone);
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome fault_ends_only_the_child() {
  TestChild child;
  EXPECT_OK(child.make());
  child.order(Order::Fault);
  EXPECT_OK(run_child_to(child, EnvState::Dead));
  const volatile EnvEntry* entry = ledger_env(child.number());
  EXPECT(entry->state == EnvState::Dead && entry->end_reason == EndReason::Fault && entry->exit_code == 6);
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome notify_wakes_sleeper() {
  TestChild child;
  EXPECT_OK(child.make());
  child.order(Order::Sleep);
  EXPECT_OK(run_child_to(child, EnvState::Sleeping));
  EXPECT(state_of(child) == EnvState::Sleeping);
  EXPECT_STATUS(core::yield(kChild).status, Status::Busy);
  child.order(Order::Yield);
  EXPECT_OK(sys::notify(kChild).status);
  EXPECT_OK(run_child(child));
  EXPECT(child.page().reason == static_cast<u64>(BeginReason::Woken));
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome spinning_child_is_preempted_and_destroyed() {
  TestChild child;
  EXPECT_OK(child.make());
  child.order(Order::Spin);
  EXPECT_OK(run_spinner(child));
  const u64 spins = child.page().spins;
  EXPECT(spins > 0);
  EXPECT_OK(run_spinner(child));  // its registers were the kernel's to keep
  EXPECT(child.page().spins > spins);
  EXPECT(child.page().begun == 1);
  EXPECT_OK(sys::env_destroy(kChild).status);
  EXPECT(state_of(child) == EnvState::Dead);
  EXPECT_OK(child.unmake());
  return nullptr;
}

// Frames of the child's own, beyond what it needs.
Status add_frames(u32 (&list)[8]) { return sys::frame_alloc(kChild, kNone, 8, list).status; }

// It is asked for eight frames, and gives back those that it thinks best.
Outcome reclaim_from_one_who_answers() {
  TestChild child;
  EXPECT_OK(child.make());
  EXPECT_OK(run_child(child));
  u32 list[8] = {};
  EXPECT_OK(add_frames(list));
  for (u32 i = 0; i < 8; i++) child.page().free[i] = list[i];
  child.page().free_count = 8;
  const volatile EnvEntry* own = ledger_env(core::start_info->env);
  const volatile EnvEntry* its = ledger_env(child.number());
  EXPECT(own != nullptr && its != nullptr);
  const u32 quota = own->quota[0], keep = its->used[0] - 8, amount = its->quota[0] - keep;
  EXPECT_STATUS(sys::env_repossess(kChild).status, Status::BadArgument);
  EXPECT_OK(sys::env_reclaim(kChild, 0, amount, core::tsc_at(core::now() + kPatience)).status);
  EXPECT(its->demand_amount == amount && its->demand_keep == keep);
  EXPECT_STATUS(sys::env_repossess(kChild).status, Status::Again);
  EXPECT_OK(run_until_counts(child, child.page().notices));
  EXPECT(its->used[0] == keep);
  EXPECT_OK(sys::env_repossess(kChild).status);  // long before the deadline
  EXPECT(own->quota[0] == quota + amount && its->quota[0] == keep && its->demand_amount == 0);
  EXPECT_OK(child.unmake());
  return nullptr;
}

// It does nothing, and loses what it must; it still runs.
Outcome reclaim_from_one_who_does_not() {
  TestChild child;
  EXPECT_OK(child.make());
  EXPECT_OK(run_child(child));
  u32 list[8];
  EXPECT_OK(add_frames(list));
  const volatile EnvEntry* its = ledger_env(child.number());
  EXPECT(its != nullptr);
  const u32 keep = its->used[0] - 8;
  EXPECT_STATUS(sys::env_reclaim(kChild, 0, TestChild::kQuota - TestChild::kWired + 1, 0).status,
                Status::Quota);
  EXPECT_OK(sys::env_reclaim(kChild, 0, its->quota[0] - keep, core::tsc_at(core::now())).status);
  EXPECT_STATUS(sys::env_reclaim(kChild, 0, 1, 0).status, Status::Busy);
  EXPECT_STATUS(sys::frame_alloc(kChild, kNone, 1, list).status, Status::Quota);
  EXPECT_OK(core::until_done([] { return sys::env_repossess(kChild).status; }));
  EXPECT(its->used[0] == keep && its->quota[0] == keep);
  EXPECT_OK(run_child(child));
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome quotas_end() {
  TestChild child;
  EXPECT_OK(child.make());
  u32 frame = kNone;
  EXPECT_OK(core::take_frames(&frame, 1));
  EXPECT_OK(sys::frame_share(kSpare, frame, 1, kRead | kGrant).status);
  u32 granted = 0;
  Status status;
  while ((status = sys::cap_grant(kSpare, kChild, 2 + granted, kRead).status) == Status::Ok) granted++;
  EXPECT_STATUS(status, Status::Quota);
  EXPECT(granted == 14);  // sixteen, and it has slot 0 and the shared page's
  EXPECT_OK(core::until_done([] { return sys::cap_revoke(kSpare).status; }));
  EXPECT_OK(sys::cap_drop(kSpare).status);
  EXPECT_OK(core::put_frames(&frame, 1));
  EXPECT_STATUS(sys::env_quota(kChild, kResources, 1).status, Status::BadArgument);
  EXPECT_STATUS(sys::env_quota(kChild, 0, kNone).status, Status::Quota);
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome create_errors() {
  const u32 create = core::start_info->create;
  const EnvQuota huge = small_quota(1u << 30), small = small_quota(8);
  EXPECT_STATUS(sys::env_create(create, kChild, &huge).status, Status::Quota);
  EXPECT_STATUS(sys::env_create(kSlotSelf, kChild, &small).status, Status::Denied);
  EXPECT_STATUS(sys::env_create(99, kChild, &small).status, Status::BadCap);
  EXPECT_STATUS(sys::env_create(create, kSlotSelf, &small).status, Status::Occupied);
  EXPECT_STATUS(sys::env_create(create, 5000, &small).status, Status::BadArgument);
  EnvQuota none = small;
  none[Resource::Caps] = 0;  // not even its own slot 0
  EXPECT_STATUS(sys::env_create(create, kChild, &none).status, Status::Quota);
  EnvQuota wired = small;
  wired[Resource::Wired] = 9;
  EXPECT_STATUS(sys::env_create(create, kChild, &wired).status, Status::BadArgument);
  return nullptr;
}

Outcome embryo_cannot_run() {
  const EnvQuota quota = small_quota(8);
  EXPECT_OK(sys::env_create(core::start_info->create, kChild, &quota).status);
  EXPECT_STATUS(sys::env_start(kChild).status, Status::Busy);
  EXPECT(core::yield(kChild).status != Status::Ok);
  core::Words reply{};
  EXPECT(core::call(kChild, {}, reply) != Status::Ok);
  EXPECT_STATUS(sys::env_reap(kChild).status, Status::Busy);
  EXPECT_OK(sys::env_destroy(kChild).status);
  EXPECT_OK(core::until_done([] { return sys::env_reap(kChild).status; }));
  return nullptr;
}

// Over and over: whatever a child held comes back.
Outcome many_children() {
  const volatile EnvEntry* own = ledger_env(core::start_info->env);
  EXPECT(own != nullptr);
  const u32 quota = own->quota[0];
  for (int i = 0; i < 50; i++) {
    TestChild child;
    EXPECT_OK(child.make());
    EXPECT_OK(run_child(child));
    EXPECT_OK(child.unmake());
  }
  EXPECT(own->quota[0] == quota);
  return nullptr;
}

constexpr Test kTests[] = {
    {"child_runs_and_is_reaped", child_runs_and_is_reaped},
    {"call_and_reply", call_and_reply},
    {"exit_code_is_seen", exit_code_is_seen},
    {"fault_ends_only_the_child", fault_ends_only_the_child},
    {"notify_wakes_sleeper", notify_wakes_sleeper},
    {"spinning_child_is_preempted_and_destroyed", spinning_child_is_preempted_and_destroyed},
    {"reclaim_from_one_who_answers", reclaim_from_one_who_answers},
    {"reclaim_from_one_who_does_not", reclaim_from_one_who_does_not},
    {"quotas_end", quotas_end},
    {"create_errors", create_errors},
    {"embryo_cannot_run", embryo_cannot_run},
    {"many_children", many_children},
};

}  // namespace

std::span<const Test> environment_tests() { return kTests; }

}  // namespace selftest
