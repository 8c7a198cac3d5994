// SPDX-License-Identifier: MIT
// Sleeping on predicates: programs over words of this environment and of the ledger.
#include "apps/selftest/child.hpp"
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"
#include "core/wake.hpp"

namespace selftest {

namespace {

using core::Begun;
using core::kMillisecond;

u64 in_ms(u64 count) { return core::tsc_at(core::now() + count * kMillisecond); }

Outcome predicate_refusals() {
  const u64 word = 5;
  core::WakeWhen when;
  EXPECT(when.differs(&word, 5));
  const WakePredicate good = when.predicate();
  EXPECT(core::sleep_until(good, in_ms(2)).reason == BeginReason::Deadline);
  WakePredicate bad = good;
  bad.words[0]++;
  EXPECT_STATUS(core::sleep_until(bad, in_ms(2)).status, Status::BadArgument);
  bad = good;
  bad.words[0] = 0x10000;
  EXPECT_STATUS(core::sleep_until(bad, in_ms(2)).status, Status::BadAddress);
  bad = good;
  bad.code[1].jf = 200;
  EXPECT_STATUS(core::sleep_until(bad, in_ms(2)).status, Status::BadProgram);
  return nullptr;
}

Outcome predicate_holds_already() {
  const u64 word = 0x100000000;
  core::WakeWhen when;
  EXPECT(when.at_least(&word, 0xffffffff));
  const Begun begun = core::sleep_until(when.predicate(), kForever);
  EXPECT_OK(begun.status);
  EXPECT(begun.reason == BeginReason::Start);  // did not sleep
  return nullptr;
}

// The child counts in its page; far enough ends the sleep, each count before does not.
Outcome predicate_of_a_shared_page() {
  TestChild child;
  EXPECT_OK(child.make());
  child.order(Order::Spin);
  core::WakeWhen when;
  EXPECT(when.at_least(&child.page().spins, 100000));
  EXPECT(when.differs(&child.page().code, 0));
  EXPECT_OK(sys::slice_idle(core::start_info->slices, TestChild::kSlot, 8).status);
  const Begun begun = core::sleep_until(when.predicate(), core::tsc_at(core::now() + kPatience));
  const u64 spins = child.page().spins;
  EXPECT_OK(child.unmake());
  EXPECT_OK(begun.status);
  EXPECT(begun.reason == BeginReason::Woken && spins >= 100000);
  return nullptr;
}

// The end of an environment, seen in the ledger without a system call.
Outcome predicate_over_the_ledger() {
  TestChild child;
  EXPECT_OK(child.make());
  const volatile EnvEntry* entry = ledger_env(child.number());
  core::WakeWhen when;
  EXPECT(when.differs(&entry->exit_code, entry->exit_code));
  child.order(Order::Exit);
  child.page().code = 99;
  EXPECT_OK(sys::slice_idle(core::start_info->slices, TestChild::kSlot, 8).status);
  const Begun begun = core::sleep_until(when.predicate(), core::tsc_at(core::now() + kPatience));
  const u64 code = entry->exit_code;
  EXPECT_OK(child.unmake());
  EXPECT_OK(begun.status);
  EXPECT(begun.reason != BeginReason::Deadline && code == 99);
  return nullptr;
}

constexpr Test kTests[] = {
    {"predicate_refusals", predicate_refusals},
    {"predicate_holds_already", predicate_holds_already},
    {"predicate_of_a_shared_page", predicate_of_a_shared_page},
    {"predicate_over_the_ledger", predicate_over_the_ledger},
};

}  // namespace

std::span<const Test> predicate_tests() { return kTests; }

}  // namespace selftest
