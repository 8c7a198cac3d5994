// SPDX-License-Identifier: MIT
#include "apps/fuzzer/child.hpp"

#include "apps/common/child_space.hpp"
#include "core/syscall.hpp"

extern "C" const abi::u8 fuzzer_child_code[], fuzzer_child_call[], fuzzer_child_end[];

namespace fuzzer {

constinit Child children[kChildCount]{};

namespace {

namespace sys = abi::sys;
using base::Status;

constexpr u64 kCode = 0x10000, kUpcall = 0x30000;

Status build(u32 slot) {
  apps::ChildSpace space(slot);
  TRY_STATUS(space.start());
  const u64 length = static_cast<u64>(fuzzer_child_end - fuzzer_child_code);
  TRY_STATUS(space.add_filled(kCode, {fuzzer_child_code, length}, kRead | kExecute));
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(kUpcall, {&upcall, 1}, kRead | kWrite));
  EnvConfig config{};
  const char name[] = "small";
  for (u32 i = 0; i < sizeof name; i++) config.name[i] = name[i];
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  config.upcall_page = kUpcall;
  config.entry_begin = kCode;
  config.entry_call = kCode + static_cast<u64>(fuzzer_child_call - fuzzer_child_code);
  return sys::env_configure(slot, &config).status;
}

}  // namespace

void build_child(u32 slot, Child& child) {
  const Status status = build(slot);
  note(Call::env_configure, slot, 0, 0, {status, 0});
  if (expect({status, 0}, any_of(Status::Ok, Status::NoMemory, Status::Quota), "building a child"))
    child.state = ChildState::Configured;
}

}  // namespace fuzzer
