// SPDX-License-Identifier: MIT
#include "apps/fuzzer/child.hpp"

#include "apps/common/small_child.hpp"
#include "core/syscall.hpp"

extern "C" const abi::u8 fuzzer_child_code[], fuzzer_child_call[], fuzzer_child_end[];

namespace fuzzer {

constinit Child children[kChildCount]{};

namespace {

namespace sys = abi::sys;
using base::Status;

Status build(u32 slot) {
  apps::ChildSpace space(slot);
  EnvConfig config;
  TRY_STATUS(apps::fill_small_child(space, {{fuzzer_child_code, fuzzer_child_end}, "small"}, config));
  config.entry_call = apps::kSmallCode + static_cast<u64>(fuzzer_child_call - fuzzer_child_code);
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
