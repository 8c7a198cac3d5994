// SPDX-License-Identifier: MIT
#include "apps/common/program_copy.hpp"

#include "apps/common/child_space.hpp"
#include "base/entry_table.hpp"
#include "base/memory.hpp"
#include "core/syscall.hpp"

extern "C" {
extern const abi::u8 etext[];              // the linker's: end of the text
extern const abi::EntryTable exo_entries;  // libos/core/src/start.S
}

namespace apps {

namespace {

namespace sys = abi::sys;

u64 page_above(u64 address) { return (address + kPageSize - 1) / kPageSize * kPageSize; }

std::span<const u8> memory(u64 from, u64 to) { return {reinterpret_cast<const u8*>(from), to - from}; }

template <u64 Size>
void set_text(char (&to)[Size], const char* text) {
  memset(to, 0, Size);
  for (u64 i = 0; i + 1 < Size && text[i] != 0; i++) to[i] = text[i];
}

// Text read-only and executable, all behind it writable, with the contents that it has now.
Status copy_program(ChildSpace& space) {
  const core::StartInfo& own = *core::start_info;
  const u64 middle = page_above(reinterpret_cast<u64>(etext));
  TRY_STATUS(space.add_filled(own.image_base, memory(own.image_base, middle), kRead | kExecute));
  TRY_STATUS(space.add_filled(middle, memory(middle, own.image_end), kRead | kWrite));
  return space.add_zeroed(own.stack_base, core::kStackPages, kRead | kWrite);
}

Status add_start_page(ChildSpace& space, u32 number, const CopyPlan& plan) {
  core::StartInfo info = *core::start_info;
  info.env = number;
  info.root_table = space.root_table();
  info.console = info.machine = info.create = info.slices = info.accept = kNone;
  info.ledger.slot = info.frame_table.slot = info.time_page.slot = kNone;
  info.extent.slot = info.network.receive = info.network.send = kNone;
  set_text(info.name, plan.args);
  set_text(info.args, plan.args);
  if (plan.grant != nullptr) TRY_STATUS(plan.grant(plan.slot, info));
  return space.add_filled(core::kStartAddress, {reinterpret_cast<const u8*>(&info), sizeof info}, kRead);
}

EnvConfig configuration(const char* name) {
  EnvConfig config{};
  set_text(config.name, name);
  config.upcall_page = core::kUpcallAddress;
  base::set_entries(config, exo_entries);
  config.stack = core::kStackTop;
  config.argument = core::kStartAddress;
  return config;
}

}  // namespace

Result<u32> make_copy(const CopyPlan& plan) {
  const sys::SysResult made = sys::env_create(core::start_info->create, plan.slot, &plan.quota);
  if (made.status != Status::Ok) return made.status;
  const u32 number = static_cast<u32>(made.value);
  ChildSpace space(plan.slot);
  TRY_STATUS(space.start());
  TRY_STATUS(copy_program(space));
  EnvConfig config = configuration(plan.args);
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(core::kUpcallAddress, {&upcall, 1}, kRead | kWrite));
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  TRY_STATUS(add_start_page(space, number, plan));
  TRY_STATUS(sys::env_configure(plan.slot, &config).status);
  TRY_STATUS(sys::env_start(plan.slot).status);
  return number;
}

}  // namespace apps
