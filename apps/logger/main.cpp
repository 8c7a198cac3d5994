// SPDX-License-Identifier: MIT
// logger: prints the access logs that the manifest gives it to read, a line for each request.
#include "apps/logger/line.hpp"
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/start.hpp"
#include "core/time.hpp"
#include "core/wake.hpp"
#include "vm/vm.hpp"

namespace {

using namespace abi;

constexpr u32 kBurst = 64;  // records of one log before the others get their turn

constinit cheetah::LogReader readers[core::kMaxLogs]{};

// Whether there may be more.
bool print_some(cheetah::LogReader& reader, const char* name) {
  cheetah::LogRecord record;
  u32 count = 0;
  while (count < kBurst && reader.next(record)) {
    core::Line line;
    logger::write_line(line.text(), record);
    count++;
  }
  if (const u64 lost = reader.take_lost(); lost != 0)
    core::Line().text().put(name).put(": ").dec(lost).put(" records lost");
  return count == kBurst;
}

[[noreturn]] void read_for_ever(const core::StartInfo& start) {
  for (;;) {
    bool more = false;
    core::WakeWhen when;
    for (u32 i = 0; i < start.log_count; i++) {
      more = print_some(readers[i], start.logs[i].name) || more;
      // More logs than a sleeper can watch are looked at now and then.
      (void)when.differs(readers[i].word(), readers[i].expected());
    }
    const u64 pause = start.log_count > kMaxWakeWords ? core::kSecond / 10 : core::kSecond;
    if (!more) core::sleep_until(when.predicate(), core::tsc_at(core::now() + pause));
  }
}

}  // namespace

void app_main(const core::StartInfo& start) {
  if (!core::start_clock()) core::panic("a logger needs the time: give it the capability `time`");
  if (const Status status = vm::start(); status != Status::Ok)
    core::panic("no address space of its own", status);
  if (start.log_count == 0) core::panic("nothing to read: give it `logs`");
  for (u32 i = 0; i < start.log_count; i++) {
    const core::Window& window = start.logs[i].window;
    const auto memory = vm::map_window(window.slot, window.first, window.count);
    if (!memory.ok()) core::panic("a log cannot be mapped", memory.status());
    readers[i] = cheetah::LogReader(memory.value(), u64{window.count} * kPageSize);
  }
  read_for_ever(start);
}
