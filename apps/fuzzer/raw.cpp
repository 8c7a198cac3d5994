// SPDX-License-Identifier: MIT
// Random calls with no shadow: numbers and arguments from a pool of interesting ones. Sooner or later such an
// environment takes away what it stands on, and ends; the fuzzing root makes the next one.
#include "apps/fuzzer/ledger.hpp"
#include "apps/fuzzer/op.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"

namespace fuzzer {

namespace {

constexpr u32 kScratchWords = 512;
alignas(kPageSize) constinit u64 scratch[kScratchWords]{};

u64 number_of_sorts() {
  const core::StartInfo& info = *core::start_info;
  switch (run.random.below(8)) {
    case 0:
      return run.random.below(kCapsPerEnv + 4);
    case 1:
      return run.random.below(info.frame_count + 2);
    case 2:
      return info.tables[run.random.below(info.table_count)].frame;
    case 3:
      return address(&scratch[run.random.below(kScratchWords)]);
    case 4:
      return run.random.below(70);
    case 5:
      return run.random.one_in(2) ? kNone : run.random.next();
    case 6:
      return 1ul << run.random.below(64);
    default:
      return run.random.below(4);
  }
}

// What the calls read from memory: words that may be anything above, in halves too.
void stir() {
  for (u32 i = 0; i < 12; i++) {
    const u64 low = number_of_sorts() & 0xffffffff;
    scratch[run.random.below(64)] = run.random.one_in(2) ? low | number_of_sorts() << 32 : number_of_sorts();
  }
}

bool gives_up_cpu(u64 number) {
  const auto name = static_cast<Call>(number);
  return name == Call::yield || name == Call::sleep || name == Call::sleep_until ||
         (name >= Call::env_call && name <= Call::env_reply_with);
}

void give_up_cpu() {
  const u32 slot = run.random.below(kCapsPerEnv + 2);
  core::Words words{{number_of_sorts(), number_of_sorts(), 3, 4}};
  const u64 soon = core::tsc() + run.random.below(500000);
  bool brought = false;
  switch (run.random.below(6)) {
    case 0:
      core::yield(slot);
      break;
    case 1:
      core::sleep(reinterpret_cast<const u64*>(number_of_sorts()), 0, soon);
      break;
    case 2:
      core::send(slot, words);
      break;
    case 3:
      core::call_with(slot, {{1, 2, 3, 4}, soon, run.random.below(kCapsPerEnv + 2), run.random.below(512)},
                      words, brought);
      break;
    case 4:
      core::call(slot, words, words, soon);
      break;
    default:
      core::call(slot, words, words);
      break;
  }
}

}  // namespace

void run_raw(u64 calls) {
  while (run.calls < calls) {
    if (run.random.one_in(8)) stir();
    const u64 number = run.random.below(kCallCount + 8);
    if (gives_up_cpu(number)) {
      give_up_cpu();
      continue;
    }
    const auto name = static_cast<Call>(number);
    if ((name == Call::env_exit || name == Call::machine_off || name == Call::console_write) &&
        !run.random.one_in(64))
      continue;
    const u64 first = run.random.one_in(3) ? kSlotSelf : number_of_sorts();
    const u64 pointer = run.random.one_in(2) ? address(scratch) : number_of_sorts();
    call(name, first, run.random.one_in(2) ? pointer : number_of_sorts(),
         run.random.one_in(2) ? run.random.below(5) : number_of_sorts(), number_of_sorts(), number_of_sorts(),
         number_of_sorts());
  }
  core::exit(0);
}

}  // namespace fuzzer
