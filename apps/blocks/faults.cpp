// SPDX-License-Identifier: MIT
// One command after another: a line for every two hundred, for each slow one, when they begin to fail, with
// how long the first one took, and one when they work again.
#include "apps/blocks/disk.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

namespace blocks {

constexpr u64 kSlow = 3000;  // ms
constexpr u64 kRound = 200;  // commands

void faults() {
  static constinit Disk disk;
  Status status = disk.open(whole(), 2);
  if (status != Status::Ok) core::panic("no queue", status);
  bool working = true;
  core::print("faults: working");
  for (u64 round = 0;; round++) {
    const u64 start = core::now();
    const u64 at = round / 2 % (whole().count / blocks_per_page());
    auto* const word = reinterpret_cast<volatile u64*>(disk.page(round % 2 == 0 ? 0 : 1));
    if (round % 2 == 0) *word = round;
    status = round % 2 == 0 ? disk.write_through(at, 0) : disk.read(at, 1);
    if (status == Status::Ok && round % 2 == 1 && working && *word != round - 1)
      core::panic("what was read is not what was written");
    const u64 took = (core::now() - start) / core::kMillisecond;
    if ((status == Status::Ok) != working) {
      working = status == Status::Ok;
      core::Line line;
      line.text().put("faults: ").put(working ? "working again" : "failing").put(", ");
      line.text().put(status_name(status)).put(" after ").dec(took).put(" ms");
    }
    if (working && took > kSlow) core::Line().text().put("faults: slow, Ok after ").dec(took).put(" ms");
    if (working && round % kRound == kRound - 1)
      core::Line().text().put("faults: ").dec(round + 1).put(" commands");
    core::sleep(nullptr, 0, core::tsc_at(core::now() + 5 * core::kMillisecond));
  }
}

}  // namespace blocks
