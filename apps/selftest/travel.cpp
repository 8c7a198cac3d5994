// SPDX-License-Identifier: MIT
// Calls with a deadline, calls without a reply, and capabilities that travel with calls and replies.
#include "apps/selftest/child.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"

namespace selftest {

namespace {

using core::kMillisecond;

constexpr u32 kChild = TestChild::kSlot;

// Runs it once, so that it can be called.
Outcome begin(TestChild& child) {
  EXPECT_OK(child.make());
  const u64 end = core::now() + kPatience;
  while (child.page().begun == 0 && core::now() < end) {
    const Status status = core::yield(kChild).status;
    EXPECT(status == Status::Ok || status == Status::Busy);  // Busy: it runs on another CPU
  }
  EXPECT(child.page().begun > 0);
  return nullptr;
}

// Its registers may be the kernel's to restore after a slice end: it goes on by a directed yield. Or it
// still runs on the other CPU, on the rest of a slice that it was given there.
template <class Call>
Status persist(Call call) {
  const u64 end = core::now() + kPatience;
  Status status = call();
  while (status == Status::Busy && core::now() < end) {
    core::yield(kChild);
    status = call();
  }
  return status;
}

Outcome call_times_out() {
  TestChild child;
  if (const Outcome outcome = begin(child); outcome != nullptr) return outcome;
  core::Words reply{};
  const Status past = persist([&] {
    return core::call(kChild, {{kCallAnswer, 0, 0, 0}}, reply, core::tsc());
  });
  EXPECT_STATUS(past, Status::TimedOut);
  const u64 start = core::now();
  const Status status = persist([&] {
    return core::call(kChild, {{kCallSpin, 0, 0, 0}}, reply, core::tsc_at(core::now() + 10 * kMillisecond));
  });
  const u64 elapsed = core::now() - start;
  EXPECT_STATUS(status, Status::TimedOut);
  EXPECT(child.page().spins > 0);
  EXPECT(elapsed >= 10 * kMillisecond && elapsed < kPatience);
  // It still handles that call: nobody may enter it.
  EXPECT_STATUS(core::call(kChild, {{kCallAnswer, 0, 0, 0}}, reply), Status::Busy);
  EXPECT_OK(child.unmake());
  return nullptr;
}

// The reply to a call that timed out goes to nobody, and the next call gets its own.
Outcome late_reply_goes_to_nobody() {
  TestChild child;
  if (const Outcome outcome = begin(child); outcome != nullptr) return outcome;
  core::Words reply{};
  const Status late = persist([&] {
    return core::call(kChild, {{kCallUntilCode, 7, 0, 0}}, reply,
                      core::tsc_at(core::now() + 5 * kMillisecond));
  });
  EXPECT_STATUS(late, Status::TimedOut);
  child.page().code = 1;  // now it may reply
  Status status = Status::Busy;
  const u64 end = core::now() + kPatience;
  while (status == Status::Busy && core::now() < end) {
    core::yield(kChild);
    status = core::call(kChild, {{kCallAnswer, 41, 1, 0}}, reply);
  }
  EXPECT_OK(status);
  EXPECT(reply.word[1] == kCallAnswer + 41);
  EXPECT_OK(child.unmake());
  return nullptr;
}

Outcome send_waits_for_no_reply() {
  TestChild child;
  if (const Outcome outcome = begin(child); outcome != nullptr) return outcome;
  for (u64 i = 1; i <= 50; i++) {
    EXPECT_OK(persist([&] { return core::send(kChild, {{kCallCount, 0, 0, 0}}); }));
    const u64 end = core::now() + kPatience;
    while (child.page().spins < i && core::now() < end) core::yield(kChild);
    EXPECT(child.page().spins == i);
  }
  EXPECT_OK(child.unmake());
  return nullptr;
}

CallMessage carry(u32 capability, u32 rights) {
  return {{kCallBrought, 0, 0, 0}, kForever, capability, rights};
}

Outcome capabilities_travel_with_calls() {
  TestChild child;
  if (const Outcome outcome = begin(child); outcome != nullptr) return outcome;
  core::Words reply{};
  bool brought = true;
  const auto call = [&](const CallMessage& m) {
    return persist([&] { return core::call_with(kChild, m, reply, brought); });
  };
  EXPECT_STATUS(call(carry(99, kRead)), Status::BadCap);
  EXPECT_STATUS(call(carry(TestChild::kShare, kRead | kExecute)), Status::Denied);
  EXPECT_STATUS(call(carry(kSlotSelf, kControl)), Status::Denied);  // no right to grant it
  EXPECT_OK(call(carry(kNone, 0)));
  EXPECT(reply.word[0] == 0 && !brought);
  EXPECT_OK(call(carry(TestChild::kShare, kRead | kGrant)));
  EXPECT(reply.word[0] == 1 && !brought);
  EXPECT_STATUS(call(carry(TestChild::kShare, kRead)), Status::Occupied);
  // And back, into our own slot for such.
  const u32 accept = core::start_info->accept;
  CallMessage back{{kCallSendBack, 0, kRead, 0}, kForever, kNone, 0};
  EXPECT_OK(call(back));
  EXPECT(brought);
  EXPECT_STATUS(sys::cap_derive(accept, 61, kWrite, 0, 1).status, Status::Denied);
  EXPECT_OK(call(back));
  EXPECT(!brought && reply.word[0] == static_cast<u64>(Status::Occupied));
  EXPECT_OK(sys::cap_drop(accept).status);
  EXPECT_OK(child.unmake());
  return nullptr;
}

constexpr Test kTests[] = {
    {"call_times_out", call_times_out},
    {"late_reply_goes_to_nobody", late_reply_goes_to_nobody},
    {"send_waits_for_no_reply", send_waits_for_no_reply},
    {"capabilities_travel_with_calls", capabilities_travel_with_calls},
};

}  // namespace

std::span<const Test> travel_tests() { return kTests; }

}  // namespace selftest
