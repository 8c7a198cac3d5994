// SPDX-License-Identifier: MIT
// Entering the kernel, switching to another environment, calling one.
#include "apps/bench/child.hpp"
#include "apps/bench/measure.hpp"
#include "apps/bench/primitives.hpp"
#include "apps/common/program_copy.hpp"
#include "core/resources.hpp"
#include "core/upcall.hpp"

namespace bench {

namespace {

namespace sys = abi::sys;

constexpr u32 kCallee = 60;  // slot of the copy
constexpr u32 kCalleeQuota = 2000;
constexpr u32 kTries = 1000;

core::Words answer(u64, const core::Words& arguments) {
  return {{arguments.word[0] + arguments.word[1], arguments.word[2], arguments.word[3], 0}};
}

// A callee that the end of a slice has interrupted is Busy until it has run again.
Status call_once(u32 slot) {
  core::Words reply;
  for (u32 i = 0; i < kTries; i++) {
    const Status status = core::call(slot, {{1, 2, 3, 4}}, reply);
    if (status != Status::Busy) return status;
    core::yield(slot);
  }
  return Status::Busy;
}

Status measure_calls(const Row& row, u32 slot) {
  return measure(
      row, nothing, [slot](u32) { return call_once(slot); }, nothing);
}

// Until it has registered its handler.
Status await_callee() {
  core::Words reply{};
  for (u32 i = 0; i < kTries; i++) {
    core::yield(kCallee);
    const Status status = core::call(kCallee, {{20, 22, 0, 0}}, reply);
    if (status == Status::Ok && reply.word[0] == 42) return Status::Ok;
  }
  return Status::TimedOut;
}

}  // namespace

void run_callee() {
  core::on_call(answer);
  for (;;) core::sleep(nullptr, 0, kForever);
}

Status measure_null() {
  return measure(
      {"null", 0, 64}, nothing, [](u32) { return sys::null().status; }, nothing);
}

Status measure_switch() {
  const Child child = TRY(Child::make());
  const Row row{"switch-there-and-back", 0, 16};
  TRY_STATUS(measure(
      row, nothing, [](u32) { return core::yield(Child::kSlot).status; }, nothing));
  return child.unmake();
}

Status measure_call() {
  const Child child = TRY(Child::make());
  TRY_STATUS(core::yield(Child::kSlot).status);  // it takes calls once it has begun
  TRY_STATUS(measure_calls({"call-bare", 0, 16}, Child::kSlot));
  TRY_STATUS(child.unmake());
  TRY_STATUS(apps::make_copy({kCallee, small_quota(kCalleeQuota), kCalleeArgs}).status());
  TRY_STATUS(await_callee());
  TRY_STATUS(measure_calls({"call", 0, 16}, kCallee));
  TRY_STATUS(sys::env_destroy(kCallee).status);
  return core::until_done([] { return sys::env_reap(kCallee).status; });
}

}  // namespace bench
