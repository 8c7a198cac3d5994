// SPDX-License-Identifier: MIT
#include "apps/selftest/twin.hpp"

#include "apps/common/child_space.hpp"
#include "base/entry_table.hpp"
#include "base/memory.hpp"
#include "core/syscall.hpp"
#include "core/time.hpp"

extern "C" {
extern const abi::u8 etext[];              // the linker's: end of the text
extern const abi::EntryTable exo_entries;  // libos/core/src/start.S
abi::u64 selftest_hold_registers(abi::u64 rounds, abi::u64 seed);
}

namespace selftest {

namespace {

namespace sys = abi::sys;

u64 page_above(u64 address) { return (address + kPageSize - 1) / kPageSize * kPageSize; }

std::span<const u8> memory(u64 from, u64 to) { return {reinterpret_cast<const u8*>(from), to - from}; }

// Text read-only and executable, all behind it writable, with the contents that it has now.
Status copy_program(apps::ChildSpace& space) {
  const core::StartInfo& own = *core::start_info;
  const u64 middle = page_above(reinterpret_cast<u64>(etext));
  TRY_STATUS(space.add_filled(own.image_base, memory(own.image_base, middle), kRead | kExecute));
  TRY_STATUS(space.add_filled(middle, memory(middle, own.image_end), kRead | kWrite));
  return space.add_zeroed(own.stack_base, core::kStackPages, kRead | kWrite);
}

Status add_start_page(apps::ChildSpace& space, u32 number) {
  core::StartInfo info = *core::start_info;
  info.env = number;
  info.root_table = space.root_table();
  info.console = info.machine = info.create = kNone;
  info.ledger.slot = info.frame_table.slot = info.time_page.slot = kNone;
  info.extent.slot = info.network.receive = info.network.send = kNone;
  memcpy(info.args, kTwinArgs, sizeof kTwinArgs);
  return space.add_filled(core::kStartAddress, {reinterpret_cast<const u8*>(&info), sizeof info}, kRead);
}

EnvConfig configuration() {
  EnvConfig config{};
  memcpy(config.name, kTwinArgs, sizeof kTwinArgs);
  config.upcall_page = core::kUpcallAddress;
  base::set_entries(config, exo_entries);
  config.stack = core::kStackTop;
  config.argument = core::kStartAddress;
  return config;
}

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
  const core::SysResult made = sys::env_create(core::start_info->create, kSlot, kQuota);
  if (made.status != Status::Ok) return made.status;
  number_ = static_cast<u32>(made.value);
  apps::ChildSpace space(kSlot);
  TRY_STATUS(space.start());
  TRY_STATUS(copy_program(space));
  EnvConfig config = configuration();
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(core::kUpcallAddress, {&upcall, 1}, kRead | kWrite));
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  TRY_STATUS(add_start_page(space, number_));
  TRY_STATUS(sys::env_configure(kSlot, &config).status);
  return sys::env_start(kSlot).status;
}

Status Twin::unmake() {
  return core::until_done([] { return sys::env_reap(kSlot).status; });
}

void twin_main() {
  core::on_call(answer);
  for (u64 seed = 0x2211443366558800;; seed += 0x0101010101010100) {
    counts.wrong = counts.wrong + selftest_hold_registers(20000, seed);
    counts.rounds = counts.rounds + 1;
  }
}

}  // namespace selftest
