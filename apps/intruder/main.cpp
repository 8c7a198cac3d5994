// SPDX-License-Identifier: MIT
// intruder: a hostile library OS. It tries to get at everything that is not its own, says what came
// of each attempt, and then wants the CPU for ever.
#include "apps/intruder/attack.hpp"
#include "apps/intruder/tools.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"

extern "C" abi::u64 intruder_hogs;

namespace intruder {

namespace {

void run(std::span<const Attack> attacks, Score& score) {
  for (const Attack& attack : attacks) {
    Trial trial(attack.expected);
    attack.run(trial);
    score.count(attack.name, trial);
  }
}

}  // namespace

}  // namespace intruder

void app_main(const core::StartInfo&) {
  using namespace intruder;
  core::start_clock();
  catch_faults();
  const Status status = lab.open();
  if (status != Status::Ok) core::panic("no page table of its own", status);
  Score score;
  run(memory_attacks(), score);
  run(table_attacks(), score);
  run(capability_attacks(), score);
  run(forged_slot_attacks(), score);
  run(revocation_attacks(), score);
  run(disk_attacks(), score);
  run(extent_attacks(), score);
  run(net_attacks(), score);
  run(filter_attacks(), score);
  run(binding_attacks(), score);
  pointer_attacks(score);  // with what the disk and net attacks have opened
  run(cpu_attacks(), score);
  run(instruction_attacks(), score);
  core::Line()
      .text()
      .put("intruder: ")
      .dec(score.attacks)
      .put(" attacks, ")
      .dec(score.refused)
      .put(" refused");
  intruder_hogs = 1;
  for (;;) {  // never yields
  }
}
