// SPDX-License-Identifier: MIT
// How tests inside an environment are written: a function that returns nullptr, or why it failed.
// One line each on the console: `PASS name` or `FAIL name: why`.
#pragma once
#include <span>

#include "core/start.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace selftest {
using namespace abi;
using core::SysResult;
namespace sys = abi::sys;

using Outcome = const char*;  // nullptr: passed

// How long a test waits, in ns, for what must come. It only bounds a failure: the host may stop a CPU for
// seconds.
inline constexpr u64 kPatience = 60 * core::kSecond;

// Runs `make` until there is memory for it; `unmake` takes back what a try has left. For a moment all free
// frames may be in quarantine: the rivals free frames without end, and a CPU that the host has stopped does
// not flush.
template <class Make, class Unmake>
Status with_memory(Make make, Unmake unmake) {
  const u64 limit = core::now() + kPatience;
  for (;;) {
    const Status status = make();
    if (status != Status::NoMemory || core::now() > limit) return status;
    unmake();
    core::sleep(nullptr, 0, core::tsc_at(core::now() + 5 * core::kMillisecond));
  }
}

struct Test {
  const char* name;
  Outcome (*run)();
};

// By subject; each is a table at the end of the file of that name.
std::span<const Test> memory_tests();
std::span<const Test> capability_tests();
std::span<const Test> cpu_tests();
std::span<const Test> upcall_tests();
std::span<const Test> environment_tests();
std::span<const Test> call_tests();
std::span<const Test> slice_tests();
std::span<const Test> travel_tests();
std::span<const Test> predicate_tests();
std::span<const Test> warning_tests();
std::span<const Test> disk_tests();
std::span<const Test> extent_tests();
std::span<const Test> packet_tests();
std::span<const Test> ledger_tests();

// "call: Denied, wanted Ok", in a buffer that the next one overwrites.
Outcome mismatch(const char* expression, Status got, Status wanted);

#define EXPECT(condition)                \
  do {                                   \
    if (!(condition)) return #condition; \
  } while (0)
#define EXPECT_STATUS(expression, wanted)                                                       \
  do {                                                                                          \
    const ::abi::Status expect_got = (expression);                                              \
    if (expect_got != (wanted)) return ::selftest::mismatch(#expression, expect_got, (wanted)); \
  } while (0)
#define EXPECT_OK(expression) EXPECT_STATUS(expression, ::abi::Status::Ok)

}  // namespace selftest
