// SPDX-License-Identifier: MIT
// System calls as the fuzzer makes them: counted, remembered, and compared with what the shadow says.
// The first answer that it does not allow ends the environment with all that is needed to see why.
#pragma once
#include "abi/status.hpp"
#include "abi/syscall_numbers.hpp"
#include "apps/fuzzer/random.hpp"

namespace fuzzer {

struct Answer {
  Status status;
  u64 value;
};

// A set of statuses.
using Allowed = u32;
constexpr Allowed one(Status status) { return 1u << -static_cast<i64>(status); }
template <class... More>
constexpr Allowed any_of(More... statuses) {
  return (one(statuses) | ...);
}
inline constexpr Allowed kOk = one(Status::Ok);
inline constexpr Allowed kError = ~kOk;  // whatever it is, not Ok
inline constexpr Allowed kRoom = any_of(Status::Ok, Status::NoSpace, Status::Quota);
inline constexpr Allowed kAnything = ~0u;

// What one environment does.
struct Run {
  Random random{0};
  u64 seed = 0;
  u64 calls = 0;
  u64 refused = 0;  // that were to be refused, and were
};
extern Run run;

// Registers as they are. Not for calls that give up the CPU: they keep no registers.
Answer call(Call number, u64 a = 0, u64 b = 0, u64 c = 0, u64 d = 0, u64 e = 0, u64 f = 0);
// Remembers a call that was made by other means.
void note(Call number, u64 a, u64 b, u64 c, const Answer& answer);
// Repeats it while the answer is Again, a bounded number of times.
Answer call_until_done(Call number, u64 a = 0, u64 b = 0, u64 c = 0, u64 d = 0, u64 e = 0, u64 f = 0);

template <class T>
u64 address(const T* p) {
  return reinterpret_cast<u64>(p);
}

// Ends the environment unless the status is in `allowed`. True if it was Ok.
bool expect(const Answer& answer, Allowed allowed, const char* what);
// For a call that must be refused.
void expect_refused(const Answer& answer, const char* what);

// Prints the seed, the number of calls and the last of them, and ends the environment with code 1.
[[noreturn]] void fail(const char* what, u64 detail = 0);

}  // namespace fuzzer
