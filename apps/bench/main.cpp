// SPDX-License-Identifier: MIT
// bench: measures the primitives, all or those that the manifest's `args` name the start of.
#include "apps/bench/crowd.hpp"
#include "apps/bench/primitives.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/start.hpp"
#include "core/time.hpp"
#include "vm/vm.hpp"

namespace bench {

namespace {

struct Primitive {
  const char* name;  // what --only takes; its rows' names start with it
  Status (*measure)();
};

constexpr Primitive kPrimitives[] = {
    {"null", measure_null},     {"switch", measure_switch},   {"call", measure_call},
    {"fault", measure_fault},   {"map", measure_map},         {"frame", measure_frames},
    {"derive", measure_derive}, {"revoke", measure_revoke},   {"disk", measure_disk},
    {"send", measure_send},     {"receive", measure_receive}, {"filter", measure_filters},
};

bool starts_with(const char* text, const char* start) {
  for (; *start != 0; text++, start++)
    if (*text != *start) return false;
  return true;
}

// How many failed.
abi::u64 run(const char* only) {
  abi::u64 failed = 0;
  abi::u64 ran = 0;
  for (const Primitive& primitive : kPrimitives) {
    if (!starts_with(primitive.name, only) && !(only[0] != 0 && starts_with(only, primitive.name))) continue;
    ran++;
    const Status status = primitive.measure();
    if (status == Status::Ok) continue;
    failed++;
    core::Line().text().put("failed ").put(primitive.name).put(' ').put(status_name(status));
  }
  core::Line().text().put("done ").dec(ran);
  return failed;
}

}  // namespace

}  // namespace bench

void app_main(const core::StartInfo& start) {
  using namespace bench;
  if (start.args[0] == kHolderArgs[0] && start.console == abi::kNone) run_holder(start);
  if (start.console == abi::kNone) return run_callee();
  if (!core::start_clock()) core::panic("the bench needs the time");
  const Status status = vm::start();
  if (status != Status::Ok) core::panic("no address space of its own", status);
  core::exit(run(start.args) == 0 ? 0 : 1);
}
