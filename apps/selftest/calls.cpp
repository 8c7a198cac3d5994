// SPDX-License-Identifier: MIT
// Calls between two whole library OSes, while slices end on both sides.
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "apps/selftest/twin.hpp"
#include "core/time.hpp"

namespace selftest {

namespace {

constexpr u32 kTwin = Twin::kSlot;

// What a number of calls found.
struct Tally {
  u64 answered = 0;
  u64 busy = 0;
  core::Words last{};
};

// Until it has registered its handler: before, every call is answered with zeros.
Outcome await_handler() {
  const u64 end = core::now() + kPatience;
  core::Words reply{};
  while (reply.word[3] != core::start_info->env) {
    EXPECT(core::now() < end);
    const Status yielded = core::yield(kTwin).status;
    EXPECT(yielded == Status::Ok || yielded == Status::Busy);
    const Status status = core::call(kTwin, {{static_cast<u64>(Twin::Request::Work), 0, 0, 0}}, reply);
    EXPECT(status == Status::Ok || status == Status::Busy);
  }
  return nullptr;
}

// Calls it over and over, and lets it do its own work in between.
Outcome call_many(u64 wanted, Tally& tally) {
  const u64 end = core::now() + kPatience;
  for (u64 i = 0; tally.answered < wanted && core::now() < end; i++) {
    if (i % 4 == 0) {
      const Status yielded = core::yield(kTwin).status;
      EXPECT(yielded == Status::Ok || yielded == Status::Busy);
    }
    core::Words reply{};
    const u64 spin = i % 16 == 0 ? 100000 : i % 7 * 100;
    const Status status = core::call(kTwin, {{static_cast<u64>(Twin::Request::Work), spin, i, 1000}}, reply);
    if (status == Status::Busy) {
      tally.busy++;
      continue;
    }
    EXPECT_OK(status);
    EXPECT(reply.word[0] == i + 1000);
    EXPECT(reply.word[2] == 0);  // registers of its interrupted work
    EXPECT(reply.word[3] == core::start_info->env);
    tally.last = reply;
    tally.answered++;
  }
  EXPECT(tally.answered == wanted);
  return nullptr;
}

Outcome calls_and_slice_ends() {
  const volatile EnvEntry* own = ledger_env(core::start_info->env);
  EXPECT(own != nullptr);
  const u32 quota = own->quota[0];
  Twin twin;
  EXPECT_OK(twin.make());
  Tally tally;
  Outcome outcome = await_handler();
  if (outcome == nullptr) outcome = call_many(600, tally);
  if (outcome != nullptr) return outcome;
  EXPECT(tally.last.word[1] > 0);  // it did work of its own
  const volatile EnvEntry* entry = ledger_env(twin.number());
  EXPECT(entry->preemptions > 0);
  core::Words reply{};
  Status status = Status::Busy;
  const u64 end = core::now() + kPatience;
  while (status == Status::Busy && core::now() < end) {
    status = core::call(kTwin, {{static_cast<u64>(Twin::Request::Exit), 0, 0, 0}}, reply);
    if (status == Status::Busy) EXPECT_OK(core::yield().status);
  }
  EXPECT_STATUS(status, Status::Gone);  // it ended in the call
  EXPECT(entry->state == EnvState::Dead && entry->end_reason == EndReason::Exit && entry->exit_code == 7);
  EXPECT_OK(twin.unmake());
  EXPECT(own->quota[0] == quota);
  return nullptr;
}

constexpr Test kTests[] = {{"calls_and_slice_ends", calls_and_slice_ends}};

}  // namespace

std::span<const Test> call_tests() { return kTests; }

}  // namespace selftest
