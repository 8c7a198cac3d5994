// SPDX-License-Identifier: MIT
#include "apps/selftest/twin.hpp"

#include "apps/common/program_copy.hpp"
#include "apps/selftest/test.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

extern "C" abi::u64 selftest_hold_registers(abi::u64 rounds, abi::u64 seed);

namespace selftest {

namespace {

// What the twin counts.
struct {
  volatile u64 rounds;
  volatile u64 wrong;
} constinit counts{};

core::Words answer(u64 caller, const core::Words& arguments) {
  if (arguments.word[0] == static_cast<u64>(Twin::Request::Exit)) core::exit(counts.wrong == 0 ? 7 : 8);
  volatile double value = 1;
  for (u64 i = 0; i < arguments.word[1]; i++) value = value * 1.5 / 1.5;
  if (value != 1) counts.wrong = counts.wrong + 1;
  return {{arguments.word[2] + arguments.word[3], counts.rounds, counts.wrong, caller}};
}

}  // namespace

Status Twin::make() {
  return with_memory(
      [&] {
        const auto made = apps::make_copy({kSlot, small_quota(kQuota), kTwinArgs});
        made_ = made.ok();
        if (made.ok()) number_ = made.value();
        return made.status();
      },
      [&] { unmake(); });
}

Status Twin::unmake() {
  const Status ended = sys::env_destroy(kSlot).status;
  if (ended != Status::Ok && ended != Status::Gone && ended != Status::Busy) return ended;
  made_ = false;
  return core::until_done([] { return sys::env_reap(kSlot).status; });
}

Twin::~Twin() {
  if (made_) unmake();
}

void twin_main() {
  core::on_call(answer);
  for (u64 seed = 0x2211443366558800;; seed += 0x0101010101010100) {
    counts.wrong = counts.wrong + selftest_hold_registers(20000, seed);
    counts.rounds = counts.rounds + 1;
  }
}

}  // namespace selftest
