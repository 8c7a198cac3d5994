// SPDX-License-Identifier: MIT
// selftest: what the system calls and the library OS modules promise, tried out inside an
// environment.
#include "apps/selftest/ledger.hpp"
#include "apps/selftest/test.hpp"
#include "apps/selftest/twin.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace selftest {

Outcome mismatch(const char* expression, Status got, Status wanted) {
  static constinit char buffer[160] = {};
  base::Text text(buffer, sizeof buffer - 1);
  text.put(expression).put(": ").put(status_name(got)).put(", wanted ").put(status_name(wanted));
  buffer[text.size()] = 0;
  return buffer;
}

namespace {

bool has_name(u32 number, const char* name) {
  const volatile EnvEntry* entry = ledger_env(number);
  if (entry == nullptr) return false;
  u32 i = 0;
  for (; name[i] != 0 && entry->name[i] == name[i]; i++) {
  }
  return name[i] == 0 && entry->name[i] == 0;
}

bool same_text(const char* a, const char* b) {
  for (; *a != 0 && *a == *b; a++) b++;
  return *a == *b;
}

struct Tally {
  u32 passed = 0;
  u32 failed = 0;
};

// The other environment of the image: it wants the CPU and the kernel all the time, so that slices
// end and the ledger changes, until the one of that name has ended.
[[noreturn]] void compete_with(const char* name) {
  u32 number = 0;
  while (number < kMaxEnvs && !has_name(number, name)) number++;
  if (number == kMaxEnvs || ledger_env(number) == nullptr) core::panic("nobody of that name to compete with");
  for (;;) {
    const EnvState state = ledger_env(number)->state;
    if (state == EnvState::Dead || state == EnvState::Unused) core::exit(0);
    u32 frame;  // so that the ledger changes all the time
    if (sys::frame_alloc(kSlotSelf, kNone, 1, &frame).status != Status::Ok) continue;
    if (sys::frame_free(kSlotSelf, &frame, 1).status != Status::Ok) core::panic("a frame of its own stays");
  }
}

void run(std::span<const Test> tests, Tally& tally) {
  for (const Test& test : tests) {
    const Outcome outcome = test.run();
    if (outcome == nullptr) {
      tally.passed++;
      core::Line().text().put("PASS ").put(test.name);
    } else {
      tally.failed++;
      core::Line().text().put("FAIL ").put(test.name).put(": ").put(outcome);
    }
  }
}

}  // namespace

}  // namespace selftest

void app_main(const core::StartInfo& start) {
  using namespace selftest;
  if (same_text(start.args, kTwinArgs)) twin_main();
  if (!core::start_clock()) core::panic("the tests need the time");
  const Status status = vm::start();
  if (status != Status::Ok) core::panic("no address space of its own", status);
  if (start.args[0] != 0) compete_with(start.args);
  Tally tally;
  run(memory_tests(), tally);
  run(capability_tests(), tally);
  run(cpu_tests(), tally);
  run(upcall_tests(), tally);
  run(environment_tests(), tally);
  run(call_tests(), tally);
  run(travel_tests(), tally);
  run(predicate_tests(), tally);
  run(slice_tests(), tally);
  run(warning_tests(), tally);
  run(disk_tests(), tally);
  run(extent_tests(), tally);
  run(packet_tests(), tally);
  run(ledger_tests(), tally);
  core::Line().text().put("selftest: ").dec(tally.passed).put(" passed, ").dec(tally.failed).put(" failed");
  core::exit(tally.failed == 0 ? 0 : 1);
}
