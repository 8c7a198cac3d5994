// SPDX-License-Identifier: MIT
// Time, sleep, yield, and slice ends that must not be noticed.
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "core/time.hpp"

extern "C" abi::u64 selftest_hold_registers(abi::u64 rounds, abi::u64 seed);

namespace selftest {

namespace {

using core::Begun;
using core::kMillisecond;
using core::kSecond;

bool has_avx() {
  u32 a = 1, b, c = 0, d;
  asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  constexpr u32 kBoth = 1u << 27 | 1u << 28;  // OSXSAVE, AVX
  if ((c & kBoth) != kBoth) return false;
  u32 low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

Outcome time_is_monotonic() {
  u64 last = core::now();
  for (int i = 0; i < 200000; i++) {
    const u64 t = core::now();
    EXPECT(t >= last);
    last = t;
    if (i % 20000 == 0) EXPECT_OK(core::yield().status);
  }
  return nullptr;
}

Outcome sleep_until_deadline() {
  const u64 start = core::now();
  const Begun begun = core::sleep(nullptr, 0, core::tsc_at(start + 20 * kMillisecond));
  EXPECT_OK(begun.status);
  EXPECT(begun.reason == BeginReason::Deadline);
  const u64 elapsed = core::now() - start;
  EXPECT(elapsed >= 20 * kMillisecond);
  EXPECT(elapsed < kPatience);
  return nullptr;
}

Outcome sleep_past_deadline() {
  const Begun begun = core::sleep(nullptr, 0, core::tsc());
  EXPECT_OK(begun.status);
  return nullptr;
}

Outcome sleep_word_differs() {
  const u64 word = 5;
  const Begun begun = core::sleep(&word, 4, kForever);
  EXPECT_OK(begun.status);
  EXPECT(begun.reason == BeginReason::Start);
  return nullptr;
}

Outcome sleep_word_same() {
  const u64 word = 5;
  const Begun begun = core::sleep(&word, 5, core::tsc_at(core::now() + 5 * kMillisecond));
  EXPECT_OK(begun.status);
  EXPECT(begun.reason == BeginReason::Deadline);
  return nullptr;
}

Outcome sleep_errors() {
  const auto* unmapped = reinterpret_cast<const u64*>(0x10000);
  const auto* odd = reinterpret_cast<const u64*>(reinterpret_cast<u64>(&kSecond) + 1);
  const auto* kernel = reinterpret_cast<const u64*>(0xffff800000000000ul);
  EXPECT_STATUS(core::sleep(unmapped, 0, core::tsc()).status, Status::BadAddress);
  EXPECT_STATUS(core::sleep(odd, 0, core::tsc()).status, Status::BadArgument);
  EXPECT_STATUS(core::sleep(kernel, 0, core::tsc()).status, Status::BadAddress);
  return nullptr;
}

Outcome yield_comes_back() {
  for (int i = 0; i < 50; i++) {
    const Begun begun = core::yield();
    EXPECT_OK(begun.status);
    EXPECT(begun.reason == BeginReason::Slice);
  }
  return nullptr;
}

Outcome yield_errors() {
  EXPECT_STATUS(core::yield(99).status, Status::BadCap);
  EXPECT_STATUS(core::yield(kSlotSelf).status, Status::Denied);
  return nullptr;
}

Outcome notify_errors() {
  EXPECT_STATUS(sys::notify(99).status, Status::BadCap);
  EXPECT_STATUS(sys::notify(kSlotSelf).status, Status::Denied);
  return nullptr;
}

// Spins with all registers full over many slice ends.
Outcome registers_survive(bool avx) {
  const volatile EnvEntry* entry = ledger_env(core::start_info->env);
  EXPECT(entry != nullptr);
  const u64 before = entry->preemptions;
  constexpr u64 kWanted = 10, kEnough = 100;
  const u64 start = core::now();
  u64 seed = avx ? 0x1122334455667701 : 0x1122334455667700;
  for (;;) {
    const u64 seen = entry->preemptions - before, limit = seen < kWanted ? kPatience : 4 * kSecond;
    if (seen >= kEnough || core::now() - start >= limit) break;
    EXPECT(selftest_hold_registers(2000000, seed) == 0);
    seed += 0x0101010101010100;
  }
  EXPECT(entry->preemptions - before >= kWanted);
  return nullptr;
}

Outcome registers_survive_slice_ends() { return registers_survive(false); }
Outcome avx_survives_slice_ends() { return has_avx() ? registers_survive(true) : nullptr; }

constexpr Test kTests[] = {
    {"time_is_monotonic", time_is_monotonic},
    {"sleep_until_deadline", sleep_until_deadline},
    {"sleep_past_deadline", sleep_past_deadline},
    {"sleep_word_differs", sleep_word_differs},
    {"sleep_word_same", sleep_word_same},
    {"sleep_errors", sleep_errors},
    {"yield_comes_back", yield_comes_back},
    {"yield_errors", yield_errors},
    {"notify_errors", notify_errors},
    {"registers_survive_slice_ends", registers_survive_slice_ends},
    {"avx_survives_slice_ends", avx_survives_slice_ends},
};

}  // namespace

std::span<const Test> cpu_tests() { return kTests; }

}  // namespace selftest
